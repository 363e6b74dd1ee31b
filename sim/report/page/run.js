'use strict';
/* One strategy's replay: its measures, its frames over time, its failures. */

/* The left picture of all of memory has at most this many buckets. */
const BUCKETS_MOST = 320;

class Run {
  constructor(index, about, series, kindsBytes, marks, frames, kindCount) {
    this.index = index;
    this.name = about.name;
    this.about = about;
    this.frames = frames;
    this.look = strategyLook(about.name, index);
    this.series = decodeSeries(series);
    this.events = this.series.event;
    this.marks = marks;
    this.thinned = about.failures_shown < about.failures_all;
    this.kinds = new Layer(kindsBytes, this.series.kinds_at, frames, Uint8Array);
    let bucketFrames = 1;
    while (frames / bucketFrames > BUCKETS_MOST) bucketFrames *= 2;
    this.kindCount = kindCount;
    this.shares = new Shares(this.kinds, kindCount, 0, frames, bucketFrames);
    this.groups = about.groups;
    this.zones = (about.zones ?? page.report.zones).filter(zone => zone.start < Math.min(zone.end, frames));
    this.bursts = this.findBursts();
  }

  /* The last sample that is not after the event. */
  sampleAt(event) {
    return Math.max(0, countUpTo(this.events, event) - 1);
  }

  /* The failures at or before an event; a thinned list of marks only gives the count at the last sample. */
  failedUpTo(event) {
    if (!this.thinned) return countUpTo(this.marks.events, event);
    return this.series.failures[this.sampleAt(event)];
  }

  fails(event) {
    const count = countUpTo(this.marks.events, event);
    return count > 0 && this.marks.events[count - 1] === event;
  }

  /* The first failure of each burst: one that follows at least a hundredth of the trace without any. */
  findBursts() {
    const events = this.marks.events, quiet = this.events[this.events.length - 1] / 100;
    return events.filter((event, i) => i === 0 || event - events[i - 1] > quiet);
  }

  /* The heap's spans at a sample, in frames: [start, end, start, end...]. */
  spans(sample) {
    return this.series.heap_spans?.[sample] ?? [];
  }

  /* The owners are decoded when they are first asked for. */
  owners() {
    this.ownersReady ??= this.loadOwners();
    return this.ownersReady;
  }

  async loadOwners() {
    if (!this.about.owners) return null;
    const [bytes, list] = await Promise.all([takeBlock(`owners-${this.index}`), takeJson(`owner-list-${this.index}`)]);
    const Numbers = list.site.length > 65536 ? Uint32Array : Uint16Array;
    const layer = new Layer(bytes, this.series.owners_at, this.frames, Numbers);
    list.since = undelta(list.since);
    return { layer, list };
  }
}

/* Lists of numbers are delta coded, one or two levels deep; the spans of a sample are not. */
function decodeSeries(series) {
  const decoded = {};
  for (const [name, list] of Object.entries(series))
    if (name === 'heap_spans' || !Array.isArray(list)) decoded[name] = list;
    else decoded[name] = Array.isArray(list[0]) ? list.map(undelta) : undelta(list);
  return decoded;
}
