/* A report that is made up, to show what a trace hardly gives: names that are markup, four gibibytes, millions of failures. */
import { delta, encodeLayer, encodeMarks, writePage } from './encode.mjs';

export const KINDS = [
  ['free', 'free', '.', '#f1ede4', '#23262b'], ['device', 'not RAM', '-', '#cccccc', '#45484d'], ['reserved', 'kernel image', 'R', '#8c8c8c', '#6a6d72'],
  ['metadata', 'metadata', 'M', '#777700', '#777700'], ['page_table', 'page tables', 'T', '#eedd88', '#eedd88'], ['kernel', 'kernel pages', 'K', '#ee8866', '#ee8866'],
  ['heap', 'heap', 'H', '#5b8fd0', '#5b8fd0'], ['slab', 'slabs', 'S', '#99ddff', '#99ddff'], ['vmalloc', 'vmalloc', 'V', '#784898', '#784898'],
  ['user', 'user pages', 'U', '#55c5a5', '#55c5a5'], ['free_in_heap', 'free in the heap', 'o', '#cfe0f0', '#2f4254'],
].map(([name, says, letter, light, dark]) => ({ name, says, letter, light, dark }));
const [FREE, , RESERVED, METADATA, , KERNEL, HEAP, , VMALLOC, USER] = KINDS.keys();
const FIRST_HEAP_FRAME = 1024;

/* The same numbers every time. */
function random(seed) {
  let state = seed;
  return () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648;
}

/* A heap that grows from below, user pages that come and go above, one page that stays in its way: sample by sample. */
function* madeFrames(frames, samples, changes, seed, heapTop) {
  const end = frames - Math.ceil(frames / 256), next = random(seed);
  let state = new Uint8Array(frames).fill(FREE).fill(RESERVED, 0, FIRST_HEAP_FRAME).fill(METADATA, end);
  for (let sample = 0; sample < samples; sample++) {
    state = state.slice();
    for (let i = 0; i < changes; i++) {
      const length = 1 + Math.floor(next() * frames / 500), at = FIRST_HEAP_FRAME + Math.floor(next() * (end - FIRST_HEAP_FRAME));
      state.fill([FREE, USER, USER, KERNEL, VMALLOC][Math.floor(next() * 5)], at, Math.min(end, at + length));
    }
    state.fill(HEAP, FIRST_HEAP_FRAME, heapTop(sample));
    state[heapTop(sample)] = KERNEL;
    yield state;
  }
}

function countFree(state) {
  let count = 0;
  for (const kind of state) if (kind === FREE) count++;
  return count;
}

const zeros = count => new Array(count).fill(0);

export function makeReport(pageDirectory, { frames = 20480, samples = 121, changes = 12, events = 400000, names = ['brk', 'migrate'], failures = 200, site = 'page_cache', withOwners = true } = {}) {
  const blocks = {}, at = Array.from({ length: samples }, (_, i) => Math.round(i * events / (samples - 1)));
  const strategies = names.map((name, index) => {
    const heapTop = sample => FIRST_HEAP_FRAME + 8 + Math.round(frames / 4 * sample / samples);
    const made = () => madeFrames(frames, samples, changes, index + 1, heapTop), kinds = encodeLayer(made());
    const owners = encodeLayer(withOwners ? [...made()].map(state => state.map(kind => kind === KERNEL || kind === HEAP ? 1 : 0)) : []);
    const count = index === 0 ? failures : 0, sample = Math.floor(samples / 2), first = at[sample] + 1;
    const marks = Array.from({ length: Math.min(count, 50000) }, (_, i) => ({ event: first + Math.floor(i * (events - first) / (count + 1)), cause: 3, request: 0 }));
    const free = Array.from(made(), countFree);
    blocks[`kinds-${index}`] = kinds.bytes;
    blocks[`owners-${index}`] = owners.bytes;
    blocks[`owner-list-${index}`] = { sites: [null, site], site: [0, 1], calls: ['kmalloc', 'pages'], call: [0, 0], bytes: [0, 100], order: [0, 0], process: [0, 0], since: [0, 7] };
    blocks[`marks-${index}`] = encodeMarks(marks);
    blocks[`series-${index}`] = {
      event: delta(at), failing: delta(at.map(event => count > 0 && event + 1 === first ? first : 0)), failures: delta(at.map(event => marks.filter(mark => mark.event <= event).length)), requests: delta(at),
      live_bytes: delta(zeros(samples)), heap_payload_bytes: delta(at.map((_, i) => (heapTop(i) - FIRST_HEAP_FRAME) * 3000)), heap_span_bytes: delta(at.map((_, i) => (heapTop(i) - FIRST_HEAP_FRAME) * 4096)),
      frames_used: delta(free.map(count => frames - count)), free_bytes: delta(free.map(count => count * 4096)), free_frames: [delta(free), delta(zeros(samples)), delta(zeros(samples))],
      largest_run_frames: delta(free), unusable: Array.from({ length: 11 }, (_, order) => delta(at.map((_, i) => (order * 37 + i) % 1000))),
      tlb_hits: delta(at.map(event => event * 9)), tlb_misses: delta(at.map(event => event)), moves: delta(zeros(samples)),
      heap_spans: at.map((_, i) => [FIRST_HEAP_FRAME, heapTop(i)]), kinds_at: delta(kinds.starts), owners_at: delta(owners.starts),
    };
    const requests = { kmalloc: events, pages: 0, vmalloc: 0, touch: 0, process: 0, map: 0, setbrk: 0 };
    return {
      name, brk: true, owners: withOwners, owners_each: true, samples, failures_shown: marks.length, failures_all: count,
      result: { strategy: name, requests, failures: { ...requests, kmalloc: count } },
      groups: count === 0 ? [] : [{
        cause: 'brk_blocked', request: 'kmalloc', late: false, asker: site, count, first, last: events - 1, number: 1, bytes: 48640, free_bytes: free[sample] * 4096, most_free_bytes: free[sample] * 4096, sample,
        blocker: { frame: heapTop(sample), frames: 1, kind: 'kernel', site, process: 0, since_event: Math.floor(events / 5), way: true }, blockers: [[site, count]], askers: [[site, count]],
        remedies: [[{ text: 'freeing that one block of ' }, { text: site, code: true }], [{ text: 'under migrate' }]],
      }],
    };
  });
  const firstFailure = at[Math.floor(samples / 2)] + 1;
  const head = {
    version: '1.0', program: 'mmsim', trace: { name: 'made', path: 'made.mmb', events, peak_live_bytes: 0 }, ram_bytes: frames * 4096, ram_from: '--ram', frames,
    map: [[0, frames, 'ram']], zones: [{ name: 'DMA', start: 1024, end: 4096 }, { name: 'LOW', start: 4096, end: 196608 }, { name: 'HIGH', start: 196608, end: 1048576 }].filter(zone => zone.start < frames),
    kinds: KINDS, causes: ['none', 'no_frames', 'no_run', 'brk_blocked', 'no_address_space', 'zone', 'unsupported', 'bad_access'], requests: ['kmalloc', 'pages', 'vmalloc', 'touch'],
    story: { headline: `brk fails because of ${site}`, paragraphs: [[{ text: 'brk', strong: true }, { text: ' fails first at ' }, { text: `event ${firstFailure}`, event: firstFailure, strategy: 'brk' }, { text: ', because of ' }, { text: site, code: true }, { text: '.' }], [{ text: 'migrate serves all.', remedy: true }]] },
    table: { columns: names, rows: [{ label: 'requests that fail', cells: names.map((_, i) => ({ text: i ? '0' : String(failures), best: i > 0 })) }, { label: 'first at event', cells: names.map((_, i) => i ? { text: '–' } : { text: String(firstFailure), event: firstFailure }) }] },
    strategies, sweep: { results: names.map((strategy, i) => ({ strategy, least_ram_bytes: (70 + i) * 2 ** 20, points: [60, 65, 70, 75].map(mib => ({ ram_bytes: mib * 2 ** 20, requests: 1000, failed: Math.max(0, 70 + i - mib) * 3 })) })) }, notes: [[{ text: 'This report is made up, by a test.' }]],
  };
  return writePage(pageDirectory, head, blocks);
}
