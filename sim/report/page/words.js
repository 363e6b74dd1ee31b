'use strict';
/* The page's own sentences: about a moment, a frame, a failure. The story and its numbers come with the data. */

const CAUSES = {
  no_frames: 'nothing is free',
  no_run: 'what is free is in pieces',
  brk_blocked: 'a page stands in brk’s way',
  no_address_space: 'its addresses are used up',
  zone: 'its zones are empty, or held in reserve',
  unsupported: 'the strategy cannot serve such a request',
  bad_access: 'no region allows it',
};
const causeText = cause => CAUSES[cause] ?? cause;

/* True if the culprit of a failure stands in the way; otherwise it is merely the one that has most. */
const blocks = group => group.blocker !== null && group.blocker !== undefined
  && (group.blocker.way ?? ['brk_blocked', 'no_run'].includes(group.cause));

function ownerText(owner) {
  if (owner.process) return `process ${owner.process}`;
  if (owner.site) return siteText(owner.site);
  return page.kinds.find(kind => kind.name === owner.kind)?.says ?? owner.kind ?? 'unknown';
}

function culpritText(group) {
  const { blocker } = group;
  if (!blocks(group)) return `has most: ${ownerText(blocker)}`;
  const age = blocker.since_event === null || blocker.since_event === undefined ? '' : `, ${grouped(group.first - blocker.since_event)} events old`;
  return `in the way: ${ownerText(blocker)}${age}`;
}

const failureText = group => `${group.request} of ${sizeText(group.bytes)} fails: ${causeText(group.cause)}`;

const sumOf = counts => Object.values(counts).reduce((sum, count) => sum + count, 0);

function verdictText(run) {
  const failed = sumOf(run.about.result.failures);
  return failed ? `${grouped(failed)} fail, ${percentText(failed, sumOf(run.about.result.requests))}` : 'nothing fails';
}

/* What is above a map: [text, how bad]. */
function stateOf(run, sample) {
  if (page.selected?.run === run) return [failureText(page.selected.group), 'failing'];
  const failed = run.failedUpTo(page.event), least = run.thinned && run.events[sample] < page.event ? 'at least ' : '';
  if (run.fails(page.event)) return [`this request fails; ${least}${grouped(failed)} failed so far`, 'failed'];
  return failed ? [`${least}${grouped(failed)} failed so far`, 'failed'] : ['nothing has failed yet', ''];
}

/* The frames are known at samples: says which moment they are of, if they are neither of after this event nor before it. */
function sampleText(run, sample) {
  const at = run.events[sample];
  return at >= page.event - 1 ? '' : `frames as of event ${grouped(at)}`;
}

/* A map in words, for those who do not see it. */
function describeMap(run, sample) {
  const kinds = page.kinds.map((kind, number) => ({ kind, number, frames: 0 })), shares = run.shares;
  for (let bucket = 0; bucket < shares.buckets; bucket++)
    for (const entry of kinds) entry.frames += shares.share(sample, bucket, entry.number) / 255 * shares.framesIn(bucket);
  const holds = kinds.filter(entry => entry.frames >= 0.5).sort((a, b) => b.frames - a.frames)
    .map(entry => `${entry.kind.says} ${framesText(Math.round(entry.frames))}`);
  const spans = run.spans(sample), heap = spans.length > 0 && spans.length <= 4
    ? ` The heap spans ${spansText(spans)}.` : '';
  return `${run.name} at event ${grouped(page.event)}: ${stateOf(run, sample)[0]}. ${listText(holds)}.${heap}`;
}

function spansText(spans) {
  const parts = [];
  for (let i = 0; i < spans.length; i += 2) parts.push(`${framesText(spans[i])} to ${framesText(spans[i + 1])}`);
  return listText(parts);
}
