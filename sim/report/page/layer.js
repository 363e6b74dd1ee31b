'use strict';
/*
 * A number for each frame, at each sample. The data holds, for each sample, the runs of frames that changed since the
 * sample before: (gap, length, XOR). XOR leads forwards and backwards alike.
 *
 *   frame    0    5         12   17
 *   before   ......aaaaaaaaa......
 *   after    ......bbbbbbbbb......      one run: gap 6, length 9, a XOR b
 */
class Layer {
  constructor(bytes, starts, frames, Numbers) {
    this.bytes = bytes;
    this.starts = starts;
    this.samples = starts.length;
    this.frames = frames;
    this.state = new Numbers(frames);
    this.at = -1; /* no frame has anything yet */
    this.keys = [];
    const keyBytes = 32e6, keyCount = Math.max(4, Math.min(64, keyBytes / this.state.byteLength));
    this.keyEvery = Math.max(8, Math.ceil(this.samples / keyCount));
  }

  /* Calls visit(first frame, frame after the last, XOR) for each run of a sample; it ends when visit returns true. */
  forEachChange(sample, visit) {
    const bytes = this.bytes, end = sample + 1 < this.samples ? this.starts[sample + 1] : bytes.length;
    for (let i = this.starts[sample], frame = 0; i < end;) {
      let byte, shift = 0, gap = 0, length = 0, xor = 0;
      do { byte = bytes[i++]; gap |= (byte & 127) << shift; shift += 7; } while (byte & 128);
      shift = 0;
      do { byte = bytes[i++]; length |= (byte & 127) << shift; shift += 7; } while (byte & 128);
      shift = 0;
      do { byte = bytes[i++]; xor |= (byte & 127) << shift; shift += 7; } while (byte & 128);
      frame += gap;
      if (visit(frame, frame + length, xor)) return;
      frame += length;
    }
  }

  change(sample, visit) {
    const state = this.state;
    this.forEachChange(sample, (start, end, xor) => {
      for (let frame = start; frame < end; frame++) state[frame] ^= xor;
      if (visit) visit(start, end);
    });
  }

  /*
   * Makes `state` that of a sample. A whole state is kept now and then on the way, so that no later seek is far from
   * one; nothing is decoded before it is asked for. visit(start, end) is told of the frames
   * that may have changed.
   */
  seek(sample, visit) {
    if (sample === this.at) return;
    const key = Math.min(this.keys.length - 1, Math.round(sample / this.keyEvery));
    if (key >= 0 && Math.abs(key * this.keyEvery - sample) + 2 < Math.abs(this.at - sample)) this.loadKey(key, visit);
    while (this.at < sample) {
      this.change(++this.at, visit);
      if (this.at === this.keys.length * this.keyEvery) this.keys.push(this.state.slice());
    }
    while (this.at > sample) this.change(this.at--, visit);
  }

  /* Two states hardly differ: comparing four bytes at a time and visiting the differences is cheaper than all frames. */
  loadKey(key, visit) {
    const from = this.keys[key], perWord = 4 / from.BYTES_PER_ELEMENT, words = Math.floor(this.frames / perWord);
    const now = new Uint32Array(this.state.buffer, 0, words), then = new Uint32Array(from.buffer, 0, words);
    for (let i = 0; i < words; i++) {
      if (now[i] === then[i]) continue;
      const first = i;
      for (; i < words && now[i] !== then[i]; i++) now[i] = then[i];
      if (visit) visit(first * perWord, i * perWord);
    }
    const rest = words * perWord;
    this.state.set(from.subarray(rest), rest);
    if (visit && rest < this.frames) visit(rest, this.frames);
    this.at = key * this.keyEvery;
  }

  /* What one frame was at each sample. */
  lifeOf(frame) {
    const life = new this.state.constructor(this.samples);
    let value = 0;
    for (let sample = 0; sample < this.samples; sample++) {
      this.forEachChange(sample, (start, end, xor) => {
        if (frame >= start && frame < end) value ^= xor;
        return end > frame;
      });
      life[sample] = value;
    }
    return life;
  }
}
