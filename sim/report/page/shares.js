'use strict';
/*
 * How much of each range of addresses is what, at each sample: the left pictures are made of it. A range of addresses is
 * a bucket; the share of each kind is in 255ths.
 */
class Shares {
  /* frames [start, end), `bucketFrames` in each bucket */
  constructor(layer, kindCount, start, end, bucketFrames) {
    this.start = start;
    this.end = end;
    this.bucketFrames = bucketFrames;
    this.buckets = Math.ceil((end - start) / bucketFrames);
    this.kindCount = kindCount;
    this.samples = layer.samples;
    this.values = new Uint8Array(this.samples * this.buckets * kindCount);
    this.count(layer);
  }

  /* One pass over all changes. Its cost is that of the changes within the range, whatever the number of samples. */
  count(layer) {
    const { start, end, bucketFrames, buckets, kindCount, values } = this;
    const now = new Uint8Array(end - start), counts = new Uint32Array(buckets * kindCount);
    const changed = new Uint8Array(buckets).fill(1), row = buckets * kindCount;
    for (let bucket = 0; bucket < buckets; bucket++) counts[bucket * kindCount] = this.framesIn(bucket);
    const move = (first, last, xor) => {
      if (first >= end) return true;
      const to = Math.min(last, end) - start;
      for (let frame = Math.max(first, start) - start; frame < to;) {
        const bucket = Math.floor(frame / bucketFrames), base = bucket * kindCount;
        const stop = Math.min(to, (bucket + 1) * bucketFrames);
        changed[bucket] = 1;
        for (; frame < stop; frame++) {
          counts[base + now[frame]]--;
          counts[base + (now[frame] ^= xor)]++;
        }
      }
      return false;
    };
    for (let sample = 0; sample < this.samples; sample++) {
      if (sample > 0) values.copyWithin(sample * row, (sample - 1) * row, sample * row);
      layer.forEachChange(sample, move);
      for (let bucket = 0; bucket < buckets; bucket++)
        if (changed[bucket]) this.store(sample, bucket, counts);
      changed.fill(0);
    }
  }

  store(sample, bucket, counts) {
    const frames = this.framesIn(bucket), from = bucket * this.kindCount;
    const to = (sample * this.buckets + bucket) * this.kindCount;
    for (let kind = 0; kind < this.kindCount; kind++)
      this.values[to + kind] = Math.round(255 * counts[from + kind] / frames);
  }

  framesIn(bucket) {
    return Math.min(this.bucketFrames, this.end - this.start - bucket * this.bucketFrames);
  }

  share(sample, bucket, kind) {
    return this.values[(sample * this.buckets + bucket) * this.kindCount + kind];
  }

  /* The kind that has the largest share. */
  mostly(sample, bucket) {
    const from = (sample * this.buckets + bucket) * this.kindCount;
    let best = 0;
    for (let kind = 1; kind < this.kindCount; kind++) if (this.values[from + kind] > this.values[from + best]) best = kind;
    return best;
  }

  /* A pixel for each sample and bucket, blended in linear light. */
  pixels(colours) {
    const cells = this.samples * this.buckets, out = new Uint32Array(cells), { values, kindCount } = this;
    const linear = colours.map(hex => colourParts(hex).map(v => LINEAR[v] / 255 * LINEAR_STEPS));
    for (let cell = 0, at = 0; cell < cells; cell++) {
      let red = 0, green = 0, blue = 0, all = 0;
      for (let kind = 0; kind < kindCount; kind++, at++) {
        const share = values[at];
        if (share === 0) continue;
        const part = linear[kind];
        red += share * part[0];
        green += share * part[1];
        blue += share * part[2];
        all += share;
      }
      const scale = 255 / all; /* the shares were rounded: their sum may differ from 255 */
      out[cell] = pixelOf(SRGB[red * scale + 0.5 | 0], SRGB[green * scale + 0.5 | 0], SRGB[blue * scale + 0.5 | 0]);
    }
    return out;
  }
}
