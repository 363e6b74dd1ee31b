'use strict';
/* Names within the areas of a left picture: a reader who sees the name there does not need the legend. */

const LABEL_SHARE = 185;       /* of 255: what a bucket must hold of a kind to count as its area */
const LABEL_WIDTH_PART = 0.09; /* of the trace, which a name needs */
const LABELLED_KINDS = ['free', 'heap', 'free_in_heap', 'slab', 'user', 'kernel', 'vmalloc'];

/* For each kind, the place where its area is highest over the width of a name: [{ kind, event, frame, frames }]. */
function findLabels(run) {
  const labels = [];
  page.kinds.forEach((kind, number) => {
    if (!LABELLED_KINDS.includes(kind.name)) return;
    const runs = Array.from({ length: run.shares.samples }, (_, sample) => longestArea(run.shares, sample, number));
    const best = highestPlace(run.events, runs);
    if (best) labels.push({ kind: number, event: best.event, frame: best.middle * run.shares.bucketFrames, frames: best.height * run.shares.bucketFrames });
  });
  return labels;
}

/* The longest row of buckets that one kind fills: [first, after the last]. */
function longestArea(shares, sample, kind) {
  let best = [0, 0];
  for (let bucket = 0, first = 0; bucket < shares.buckets; bucket++)
    if (shares.share(sample, bucket, kind) < LABEL_SHARE) first = bucket + 1;
    else if (bucket + 1 - first > best[1] - best[0]) best = [first, bucket + 1];
  return best;
}

function highestPlace(events, areas) {
  const all = events[events.length - 1], half = all * LABEL_WIDTH_PART / 2;
  let best = null;
  for (let sample = 0; sample < areas.length; sample++) {
    const event = events[sample];
    if (event < half * 1.3 || event > all - half * 1.3) continue;
    let [low, high] = areas[sample];
    for (let i = sample; i >= 0 && events[i] > event - half; i--) [low, high] = [Math.max(low, areas[i][0]), Math.min(high, areas[i][1])];
    for (let i = sample; i < areas.length && events[i] < event + half; i++) [low, high] = [Math.max(low, areas[i][0]), Math.min(high, areas[i][1])];
    if (high - low > (best ? best.height : 0)) best = { event, height: high - low, middle: (low + high) / 2 };
  }
  return best;
}
