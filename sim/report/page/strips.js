'use strict';
/* The left picture of a strategy: addresses upwards, time to the right, and over it what must not be lost in a blend. */

const DETAIL_DELAY_MS = 60;
const SPANS_MOST = 24; /* a heap in more pieces than this is seen by its colour only */

class Strip {
  constructor(run, canvas) {
    this.run = run;
    this.canvas = canvas;
    this.context = canvas.getContext('2d', { alpha: false });
    this.labels = findLabels(run);
    this.detail = null; /* shares of the addresses in sight, when these are not all */
  }

  resize(width, height) {
    this.width = width;
    this.height = height;
    sizeCanvas(this.canvas, width, height + LANE);
  }

  recolour() {
    this.colours = kindColours();
    this.run.shares.raster = this.run.shares.pixels(this.colours);
    if (this.detail) this.detail.raster = this.detail.pixels(this.colours);
  }

  /* The addresses in sight have changed. The old picture is drawn, stretched, until finer shares are counted. */
  moveMemory() {
    clearTimeout(this.timer);
    if (page.memory.isAll()) this.detail = null;
    else this.timer = setTimeout(() => this.countDetail(), DETAIL_DELAY_MS);
  }

  countDetail() {
    const { start, end } = page.memory, rows = this.height * page.pixelRatio;
    const bucketFrames = Math.max(1, Math.ceil((end - start) / rows));
    this.detail = new Shares(this.run.kinds, this.run.kindCount, start, end, bucketFrames);
    this.detail.raster = this.detail.pixels(this.colours);
    redraw('strips');
  }

  /* ---- places, in device pixels within the picture ---- */
  x(event) {
    return page.time.partOf(event) * this.w;
  }

  y(frame) {
    return page.memory.yOf(frame, this.h);
  }

  draw() {
    const { context, canvas } = this, ratio = page.pixelRatio;
    this.left = Math.round(GUTTER * ratio);
    this.top = Math.round(LANE * ratio);
    this.w = canvas.width - this.left;
    this.h = canvas.height - this.top;
    if (this.w < 2 || this.h < 2) return;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = themeColours.paper;
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.translate(this.left, this.top);
    context.save();
    context.beginPath();
    context.rect(0, 0, this.w, this.h);
    context.clip();
    this.drawShares(this.run.shares);
    if (this.detail) this.drawShares(this.detail);
    this.drawZones();
    this.drawSpans();
    this.drawLabels();
    this.drawBlockers();
    context.restore();
    this.drawAxis();
    this.drawMarks();
  }

  drawShares(shares) {
    const { buckets, raster } = shares, image = new ImageData(this.w, buckets);
    const pixels = new Uint32Array(image.data.buffer), samples = this.sampleColumns();
    for (let bucket = 0; bucket < buckets; bucket++) {
      const row = (buckets - 1 - bucket) * this.w;
      for (let x = 0; x < this.w; x++) pixels[row + x] = raster[samples[x] * buckets + bucket];
    }
    const whole = element('canvas', { width: this.w, height: buckets });
    whole.getContext('2d').putImageData(image, 0, 0);
    const low = this.y(shares.start), high = this.y(shares.start + buckets * shares.bucketFrames);
    this.context.imageSmoothingEnabled = low - high < buckets;
    this.context.imageSmoothingQuality = 'high';
    this.context.drawImage(whole, 0, high, this.w, low - high);
    if (page.patterns && (shares === this.detail || !this.detail))
      drawTextures(this.context, 0, 0, this.w, this.h, (x, y) => {
        const bucket = Math.floor((low - y - 0.5) / (low - high) * buckets);
        return bucket >= 0 && bucket < buckets ? shares.mostly(samples[x], bucket) : 0;
      });
  }

  /* The sample that each column of pixels shows. */
  sampleColumns() {
    const samples = new Uint32Array(this.w), events = this.run.events;
    for (let x = 0, sample = 0; x < this.w; x++) {
      const event = page.time.start + (x + 0.5) / this.w * page.time.span();
      while (sample + 1 < events.length && events[sample + 1] <= event) sample++;
      samples[x] = sample;
    }
    return samples;
  }

  drawZones() {
    const { context } = this;
    context.globalAlpha = 0.4;
    context.strokeStyle = themeColours.ink;
    context.lineWidth = page.pixelRatio;
    context.setLineDash([3 * page.pixelRatio, 3 * page.pixelRatio]);
    for (const frame of zoneEdges(this.run)) {
      const y = Math.round(this.y(frame)) + 0.5;
      context.beginPath();
      context.moveTo(0, y);
      context.lineTo(this.w, y);
      context.stroke();
    }
    context.setLineDash([]);
    context.globalAlpha = 1;
  }

  /* The edges of the heap's spans. The upper edge of a brk strategy is its brk, and drawn stronger. */
  drawSpans() {
    const { context, run } = this, lines = new Path2D(), brk = new Path2D(), ratio = page.pixelRatio;
    let before = null;
    run.events.forEach((event, sample) => {
      const spans = run.spans(sample), x = this.x(event);
      const after = sample + 1 < run.events.length ? this.x(run.events[sample + 1]) : this.w;
      if (spans.length === 0 || spans.length > 2 * SPANS_MOST) return;
      const last = spans.length - 1;
      if (after >= 0 && x <= this.w)
        spans.forEach((frame, i) => {
          const y = this.y(frame), path = run.about.brk && i === last ? brk : lines;
          path.moveTo(x, path === brk && before !== null ? this.y(before) : y);
          path.lineTo(x, y);
          path.lineTo(after, y);
        });
      before = spans[last];
    });
    context.lineJoin = 'round';
    context.strokeStyle = themeColours.paper;
    context.lineWidth = 3.5 * ratio;
    context.stroke(brk);
    context.strokeStyle = themeColours.ink;
    context.lineWidth = 1.5 * ratio;
    context.stroke(brk);
    context.globalAlpha = 0.55;
    context.lineWidth = 0.75 * ratio;
    context.stroke(lines);
    context.globalAlpha = 1;
  }

  drawLabels() {
    const { context } = this, ratio = page.pixelRatio;
    context.font = `600 ${11 * ratio}px ${themeColours.sans}`;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    for (const label of this.labels) {
      const text = page.kinds[label.kind].says, x = this.x(label.event), y = this.y(label.frame);
      const half = context.measureText(text).width / 2 + 4 * ratio, room = label.frames / page.memory.range * this.h;
      if (room < 15 * ratio || x < half || x > this.w - half || y < 8 * ratio || y > this.h - 8 * ratio) continue;
      context.fillStyle = inkOn(this.colours[label.kind]);
      context.globalAlpha = 0.8;
      context.fillText(text, x, y);
      context.globalAlpha = 1;
    }
  }

  /* How long what stands in the way has stood there: faint for each row of the table, strong for the chosen one. */
  drawBlockers() {
    for (const group of this.run.groups)
      if (blocks(group)) this.drawBlocker(group, page.selected?.group === group);
  }

  drawBlocker(group, chosen) {
    const { context } = this, ratio = page.pixelRatio, { blocker } = group;
    const y = this.y(blocker.frame + Math.max(1, blocker.frames) / 2), from = this.x(blocker.since_event ?? 0), to = this.x(group.first);
    const line = (width, colour) => {
      context.strokeStyle = colour;
      context.lineWidth = width * ratio;
      context.beginPath();
      context.moveTo(from, y);
      context.lineTo(to, y);
      context.stroke();
    };
    context.globalAlpha = chosen ? 1 : 0.6;
    line(chosen ? 4.5 : 2.5, themeColours.paper);
    line(chosen ? 2 : 1, themeColours.fail);
    context.globalAlpha = 1;
    if (!chosen) return;
    for (const x of [from, to]) {
      context.beginPath();
      context.arc(x, y, 4 * ratio, 0, 7);
      context.fillStyle = x === to ? themeColours.fail : themeColours.paper;
      context.fill();
      context.lineWidth = 2 * ratio;
      context.strokeStyle = themeColours.fail;
      context.stroke();
    }
  }

  drawAxis() {
    const { context } = this, ratio = page.pixelRatio, memory = page.memory;
    const fewest = this.h / ratio / 26, bytes = memory.range * PAGE_BYTES;
    let step = PAGE_BYTES;
    while (bytes / step > fewest) step *= 2;
    context.font = `${10.5 * ratio}px ${themeColours.sans}`;
    context.textAlign = 'right';
    context.textBaseline = 'middle';
    context.fillStyle = themeColours.dim;
    const first = Math.ceil(memory.start * PAGE_BYTES / step) * step;
    for (let at = first; at <= memory.start * PAGE_BYTES + bytes; at += step) {
      const y = this.y(at / PAGE_BYTES), inside = Math.max(6 * ratio, Math.min(this.h - 6 * ratio, y));
      context.fillText(at === 0 ? '0' : axisText(at, step), -7 * ratio, inside);
      context.fillRect(-4 * ratio, Math.min(this.h - 1, Math.round(y)), 4 * ratio, 1);
    }
  }

  /* Every failure is a tick; where several share a pixel, its height is the logarithm of their number. */
  drawMarks() {
    const { context, run } = this, ratio = page.pixelRatio, events = run.marks.events, time = page.time;
    if (events.length === 0) return;
    const counts = new Uint32Array(this.w), scale = this.w / time.span();
    let most = 1;
    for (let i = countUpTo(events, time.start - 1), last = countUpTo(events, time.end); i < last; i++) {
      const x = Math.min(this.w - 1, Math.floor((events[i] - time.start) * scale));
      most = Math.max(most, ++counts[x]);
    }
    context.fillStyle = themeColours.fail;
    for (let x = 0; x < this.w; x++)
      if (counts[x] > 0) {
        const height = (3 + 9 * Math.log1p(counts[x]) / Math.log1p(most)) * ratio;
        context.fillRect(x, -height, Math.max(1, ratio), height);
      }
    const text = 'first failure', first = this.x(events[0]);
    context.font = `600 ${10.5 * ratio}px ${themeColours.sans}`;
    context.textBaseline = 'alphabetic';
    context.textAlign = 'right';
    if (first > context.measureText(text).width + 8 * ratio && first < this.w) context.fillText(text, first - 5 * ratio, -2.5 * ratio);
  }
}

/* The boundaries between the zones that memory reaches; strategies differ in where LOW ends. */
const zoneEdges = run => run.zones.slice(1).map(zone => zone.start);

/* Black or white, whichever can be read on a colour. */
function inkOn(hex) {
  const [red, green, blue] = colourParts(hex).map(v => LINEAR[v]);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.16 ? '#17191c' : '#f4f2ec';
}

function axisText(bytes, step) {
  if (bytes % 2 ** 30 === 0) return `${bytes / 2 ** 30} GiB`;
  if (step >= 2 ** 20) return `${grouped(bytes / 2 ** 20)} MiB`;
  return bytes >= 2 ** 20 ? `${(bytes / 2 ** 20).toFixed(step >= 2 ** 18 ? 2 : 3)} M` : `${grouped(bytes / 1024)} KiB`;
}

function sizeCanvas(canvas, width, height) {
  canvas.style.width = width + 'px';
  canvas.style.height = height + 'px';
  canvas.width = Math.round(width * page.pixelRatio);
  canvas.height = Math.round(height * page.pixelRatio);
}
