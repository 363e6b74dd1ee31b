'use strict';
/* What appears beside the pointer: a frame and its life, a range of addresses at a time, the values of a time line. */

const LIFE_WIDTH = 240;

let tipTurn = 0; /* an answer that comes late must not replace a newer tip */

function showTip(x, y, ...content) {
  const tip = byId('tip');
  tip.replaceChildren(...content);
  tip.hidden = false;
  const width = tip.offsetWidth, height = tip.offsetHeight;
  const left = x + 16 + width > innerWidth - 8 ? Math.max(8, x - width - 16) : x + 16;
  const top = y + 18 + height > innerHeight - 8 ? Math.max(8, y - height - 14) : y + 18;
  tip.style.transform = `translate(${left}px, ${top}px)`;
}

function hideTip() {
  tipTurn++;
  byId('tip').hidden = true;
}

const tipHead = (mark, name, detail) => element('div', { class: 'tip-head' }, mark, element('b', {}, name), element('span', { class: 'dim' }, detail));
const kindMark = kind => element('i', { class: 'mark', style: { background: page.dark ? page.kinds[kind].dark : page.kinds[kind].light } });
const strategyMark = run => element('span', { class: 'chip', 'data-run': run.index, style: { background: page.dark ? run.look.dark : run.look.light } });

/* ---- a frame ---- */

/* Shows a frame's tip; the owner follows, if it has to be decoded first. Returns what a screen reader is told. */
async function showFrameTip(map, frame, x, y) {
  const turn = ++tipTurn, { run, sample } = map, life = run.kinds.lifeOf(frame), kind = page.kinds[life[sample]];
  const zone = run.zones.find(one => frame >= one.start && frame < one.end);
  const head = tipHead(kindMark(life[sample]), kind.says, `frame ${frameName(frame)} · at ${framesText(frame)}${zone ? ' · ' + zone.name : ''}`);
  const tail = [element('div', {}, lifeText(run, life, sample)), lifeStrip(run, life),
    element('small', {}, `the life of this frame under ${run.name}, from start to end`)];
  showTip(x, y, head, ...tail);
  const owner = await ownerOf(run, sample, frame);
  if (turn !== tipTurn) return;
  showTip(x, y, head, ...owner.map(text => element('div', {}, text)), ...tail);
  if (document.activeElement === map.canvas)
    announce(`Frame ${frameName(frame)}: ${kind.says}. ${owner.join(', ')}. ${lifeText(run, life, sample)}`);
}

function lifeText(run, life, sample) {
  let since = sample;
  while (since > 0 && life[since - 1] === life[sample]) since--;
  if (since === 0) return 'so since the start';
  return `so for about ${grouped(Math.max(0, page.event - run.events[since]))} events`;
}

/* Whose a frame is, and since when: [sentence...]. Each number of the layer is one allocation. */
async function ownerOf(run, sample, frame) {
  const owners = await run.owners();
  if (owners === null) return ['owners were left out of this page'];
  owners.layer.seek(sample);
  const { list } = owners, number = owners.layer.state[frame];
  if (number === 0) return [];
  const call = list.calls[list.call[number]], site = list.sites[list.site[number]], since = list.since[number];
  const who = list.process[number] ? `process ${list.process[number]}` : `${call}${takenText(call, list, number)}`;
  if (!run.about.owners_each) return [who + (site ? `, by ${siteText(site)}` : '')];
  const age = page.event >= since ? `, ${grouped(page.event - since)} events old` : '';
  return [who + (site ? `, by ${siteText(site)}` : ''), `since event ${grouped(since)}${age}`];
}

function takenText(call, list, number) {
  if (call === 'pages') return ` of order ${list.order[number]} (${sizeText(PAGE_BYTES * 2 ** list.order[number])})`;
  const bytes = list.bytes[number];
  return ` of ${sizeText(bytes)}${bytes < PAGE_BYTES ? ', and perhaps other blocks' : ''}`;
}

const SVG = 'http://www.w3.org/2000/svg';
function svgElement(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/* One frame's kinds from the start of the trace to its end, and the moment. */
function lifeStrip(run, life) {
  const all = page.time.events, parts = [];
  for (let first = 0, i = 1; i <= life.length; i++) {
    if (i < life.length && life[i] === life[first]) continue;
    const from = run.events[first] / all * LIFE_WIDTH, to = i < life.length ? run.events[i] / all * LIFE_WIDTH : LIFE_WIDTH;
    const kind = page.kinds[life[first]];
    parts.push(svgElement('rect', { x: from, width: Math.max(0.6, to - from), height: 10, fill: page.dark ? kind.dark : kind.light }));
    first = i;
  }
  const now = svgElement('rect', { x: page.event / all * LIFE_WIDTH - 0.75, width: 1.5, height: 14, fill: themeColours.ink });
  return svgElement('svg', { width: LIFE_WIDTH, height: 14, 'aria-hidden': 'true' }, ...parts, now);
}

/* ---- a left picture ---- */

function showStripTip(strip, event) {
  tipTurn++;
  const { run, canvas } = strip, box = canvas.getBoundingClientRect();
  const high = 1 - (event.clientY - box.top - LANE) / (box.height - LANE), left = event.clientX - box.left;
  if (left < GUTTER || high < 0 || high > 1) return hideTip();
  const at = page.time.eventAt((left - GUTTER) / (box.width - GUTTER)), sample = run.sampleAt(at);
  const shares = strip.detail ?? run.shares, frame = page.memory.start + high * page.memory.range;
  const bucket = Math.max(0, Math.min(shares.buckets - 1, Math.floor((frame - shares.start) / shares.bucketFrames)));
  const first = shares.start + bucket * shares.bucketFrames;
  const parts = page.kinds.map((kind, number) => ({ number, share: shares.share(sample, bucket, number) }))
    .filter(part => part.share > 2).sort((a, b) => b.share - a.share).slice(0, 4);
  showTip(event.clientX, event.clientY, tipHead('', run.name, `event ${grouped(at)}`),
    element('div', { class: 'dim' }, `${framesText(first)} to ${framesText(first + shares.bucketFrames)}`),
    ...parts.map(part => element('div', {}, kindMark(part.number), page.kinds[part.number].says + ' ', element('span', { class: 'dim' }, percentText(part.share, 255)))),
    element('small', {}, 'press to see memory then'));
  return undefined;
}
