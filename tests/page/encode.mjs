/* Writes the data of a report, as the C side does (sim/report/page/README.md), for tests that need a page of their own. */
import { readFileSync } from 'node:fs';
import { deflateSync } from 'node:zlib';

export function leb128(value) {
  const bytes = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push(value % 128 + 128);
  bytes.push(value);
  return bytes;
}

export const delta = list => list.map((value, i) => i === 0 ? value : value - list[i - 1]);

/* The changes of each sample, a list of numbers, against the sample before; the first against all zeros. */
export function encodeLayer(samples) {
  const bytes = [], starts = [];
  let before = null;
  for (const sample of samples) {
    before ??= new sample.constructor(sample.length).fill(0);
    starts.push(bytes.length);
    encodeChanges(before, sample, bytes);
    before = sample;
  }
  return { bytes: Uint8Array.from(bytes), starts };
}

function encodeChanges(before, sample, bytes) {
  let from = 0;
  for (let frame = 0; frame < sample.length;) {
    const xor = sample[frame] ^ before[frame];
    let end = frame + 1;
    while (end < sample.length && (sample[end] ^ before[end]) === xor) end++;
    if (xor !== 0) {
      bytes.push(...leb128(frame - from), ...leb128(end - frame), ...leb128(xor));
      from = end;
    }
    frame = end;
  }
}

/* failures: [{ event, cause, request }], numbers */
export function encodeMarks(failures) {
  let before = 0;
  return Uint8Array.from(failures.flatMap(({ event, cause, request }) => {
    const bytes = [...leb128(event - before), cause | request << 4];
    before = event;
    return bytes;
  }));
}

/* blocks: { id: Uint8Array or an object for JSON } */
export function writePage(pageDirectory, head, blocks) {
  const part = name => readFileSync(`${pageDirectory}/${name}.html`, 'utf8');
  const json = JSON.stringify(head).replaceAll('</', '<\\/');
  const elements = Object.entries(blocks).map(([id, data]) => {
    const bytes = data instanceof Uint8Array ? data : Buffer.from(JSON.stringify(data));
    return `<script type="application/octet-stream" id="${id}">${deflateSync(bytes).toString('base64')}</script>\n`;
  });
  return `${part('before')}<script type="application/json" id="report">${json}</script>\n${elements.join('')}${part('after')}`;
}
