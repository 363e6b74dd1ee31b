'use strict';
/* The data of the page: base64 of a zlib stream, which holds JSON or numbers in LEB128 (README.md). */

function bytesOfBase64(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const binary = atob(text), bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

async function inflate(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/* Removes the element: its text is the larger part of the page's memory, and is needed once. */
async function takeBlock(id) {
  const node = document.getElementById(id);
  if (!node) return new Uint8Array(0);
  const text = node.textContent;
  node.remove();
  return inflate(bytesOfBase64(text.trim()));
}

async function takeJson(id) {
  const bytes = await takeBlock(id);
  return bytes.length ? JSON.parse(new TextDecoder().decode(bytes)) : null;
}

/* The first value, then differences. */
function undelta(list) {
  let value = 0;
  return list.map(difference => value += difference);
}

/* Failures: the difference of their events in LEB128, then cause | request << 4. Events may exceed 32 bits. */
function decodeMarks(bytes) {
  const events = [], kinds = [];
  for (let i = 0, event = 0; i < bytes.length;) {
    let unit = 1, byte;
    do {
      byte = bytes[i++];
      event += (byte & 127) * unit;
      unit *= 128;
    } while (byte & 128);
    events.push(event);
    kinds.push(bytes[i++]);
  }
  return { events: Float64Array.from(events), kinds: Uint8Array.from(kinds) };
}

/* The number of entries of a sorted list that are at most `value`. */
function countUpTo(list, value) {
  let low = 0, high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
