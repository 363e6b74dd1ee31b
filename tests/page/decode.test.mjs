/* The decoder, beside the encoder of the tests. */
import assert from 'node:assert/strict';
import { deflateSync } from 'node:zlib';
import test from 'node:test';
import { delta, encodeLayer, encodeMarks } from './encode.mjs';
import { loadScripts } from './scripts.mjs';

const { bytesOfBase64, inflate, undelta, decodeMarks, countUpTo, Layer, Shares, decodeSeries } =
  loadScripts(['numbers', 'decode', 'layer', 'colours', 'shares', 'run'],
    ['bytesOfBase64', 'inflate', 'undelta', 'decodeMarks', 'countUpTo', 'Layer', 'Shares', 'decodeSeries']);
const plain = list => Array.from(list);

/* Samples of a memory in which runs of random kinds come and go. */
function randomSamples(frames, samples, kinds, seed) {
  let state = seed;
  const next = below => (state = (state * 1103515245 + 12345) % 2147483648) % below;
  const list = [new Array(frames).fill(0)];
  while (list.length < samples) {
    const sample = [...list.at(-1)];
    for (let i = next(5); i > 0; i--) sample.fill(next(kinds), next(frames), next(frames));
    list.push(sample);
  }
  return list;
}

function layerOf(list, Numbers = Uint8Array) {
  const { bytes, starts } = encodeLayer(list);
  return new Layer(bytes, starts, list[0].length, Numbers);
}

test('base64 and deflate lead back to the bytes', async () => {
  const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i * 7);
  assert.deepEqual(plain(await inflate(bytesOfBase64(deflateSync(bytes).toString('base64')))), plain(bytes));
});

test('differences add up', () => {
  assert.deepEqual(plain(undelta([5, -2, 0, 4294967296])), [5, 3, 3, 4294967299]);
  assert.deepEqual(plain(undelta(delta([9, 1, 1, 8]))), [9, 1, 1, 8]);
});

test('a series has lists, lists of lists, and spans that are as they are', () => {
  const series = decodeSeries({ event: [1, 1], unusable: [[2, 2], [3, 0]], heap_spans: [[4, 4], []] });
  assert.deepEqual(JSON.parse(JSON.stringify(series)), { event: [1, 2], unusable: [[2, 4], [3, 3]], heap_spans: [[4, 4], []] });
});

test('marks have events beyond 32 bits', () => {
  const failures = [{ event: 3, cause: 1, request: 0 }, { event: 131, cause: 3, request: 2 }, { event: 9007199254740991, cause: 7, request: 6 }];
  const marks = decodeMarks(encodeMarks(failures));
  assert.deepEqual(plain(marks.events), failures.map(failure => failure.event));
  assert.deepEqual(plain(marks.kinds), [1, 3 | 2 << 4, 7 | 6 << 4]);
});

test('counting finds the place in a sorted list', () => {
  for (const [value, count] of [[0, 0], [1, 1], [2, 3], [3, 3], [9, 4]]) assert.equal(countUpTo([1, 2, 2, 9], value), count);
});

for (const [frames, samples, Numbers] of [[1, 3, Uint8Array], [203, 70, Uint8Array], [130, 40, Uint16Array], [64, 33, Uint32Array]])
  test(`a layer of ${frames} frames finds each of ${samples} samples from each other (${Numbers.name})`, () => {
    const kinds = Numbers === Uint8Array ? 11 : 60000, list = randomSamples(frames, samples, kinds, frames), layer = layerOf(list, Numbers);
    let state = 1;
    for (let i = 0; i < 400; i++) {
      state = (state * 1103515245 + 12345) % 2147483648;
      const sample = state % samples, before = plain(layer.state), changed = new Array(frames).fill(false);
      layer.seek(sample, (start, end) => changed.fill(true, start, end));
      assert.deepEqual(plain(layer.state), list[sample]);
      before.forEach((value, frame) => assert.ok(value === layer.state[frame] || changed[frame], 'a change was not told of'));
    }
  });

test('the life of a frame is what it was at each sample', () => {
  const list = randomSamples(50, 30, 11, 3), layer = layerOf(list);
  for (let frame = 0; frame < 50; frame++) assert.deepEqual(plain(layer.lifeOf(frame)), list.map(sample => sample[frame]));
});

for (const [start, end, bucketFrames] of [[0, 203, 1], [0, 203, 16], [40, 90, 7], [200, 203, 8]])
  test(`shares of frames ${start} to ${end} in buckets of ${bucketFrames} are counted`, () => {
    const list = randomSamples(203, 25, 11, 5), shares = new Shares(layerOf(list), 11, start, end, bucketFrames);
    list.forEach((sample, i) => {
      for (let bucket = 0; bucket < shares.buckets; bucket++) {
        const frames = sample.slice(start, end).slice(bucket * bucketFrames, (bucket + 1) * bucketFrames);
        for (let kind = 0; kind < 11; kind++)
          assert.equal(shares.share(i, bucket, kind), Math.round(255 * frames.filter(one => one === kind).length / frames.length));
      }
    });
  });

test('two colours in equal parts mix in linear light', () => {
  const layer = layerOf([[0, 1]]), shares = new Shares(layer, 2, 0, 2, 2), [pixel] = shares.pixels(['#000000', '#ffffff']);
  assert.ok(Math.abs((pixel & 255) - 188) <= 1, `half of white is ${pixel & 255}, not 188`);
});
