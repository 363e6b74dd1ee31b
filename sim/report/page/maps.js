'use strict';
/* The right picture of a strategy: its frames at one moment, a cell each, and over them brk, zones and the culprit. */

const GRID_CELL = 8; /* CSS pixels: cells at least this large have lines between them */

class FrameMap {
  constructor(run, canvas) {
    this.run = run;
    this.canvas = canvas;
    this.context = canvas.getContext('2d', { alpha: false });
    this.cells = document.createElement('canvas'); /* a pixel for each frame in sight */
    this.cellsContext = this.cells.getContext('2d', { alpha: false });
    this.sample = 0;
  }

  resize(width, height) {
    sizeCanvas(this.canvas, width, height);
  }

  recolour() {
    this.colours = kindColours();
    this.palette = Uint32Array.from(this.colours, pixelOfColour);
  }

  /* The addresses in sight, or the colours, have changed: all cells are painted. */
  moveMemory() {
    const { columns, rows, start, end } = page.memory;
    this.cells.width = columns;
    this.cells.height = rows;
    this.image = new ImageData(columns, rows);
    this.pixels = new Uint32Array(this.image.data.buffer).fill(pixelOfColour(themeColours.paper));
    this.paint(start, end);
    this.cellsContext.putImageData(this.image, 0, 0);
  }

  paint(first, last) {
    const { columns, rows, start } = page.memory, { pixels, palette } = this, state = this.run.kinds.state;
    for (let frame = first; frame < last;) {
      const row = Math.floor((frame - start) / columns), stop = Math.min(last, start + (row + 1) * columns);
      for (let at = (rows - 1 - row) * columns + (frame - start) % columns; frame < stop; frame++, at++)
        pixels[at] = palette[state[frame]];
    }
  }

  /* Shows another sample; only rows with a change are copied. On a long way a frame changes often, and is painted once. */
  show(sample) {
    const { columns, rows, start, end } = page.memory, far = Math.abs(sample - this.run.kinds.at) > 3;
    let low = end, high = start;
    this.sample = sample;
    this.run.kinds.seek(sample, (from, to) => {
      const first = Math.max(from, start), last = Math.min(to, end);
      if (first >= last) return;
      if (!far) this.paint(first, last);
      low = Math.min(low, first);
      high = Math.max(high, last);
    });
    if (low >= high) return;
    if (far) this.paint(low, high);
    const top = rows - 1 - Math.floor((high - 1 - start) / columns), bottom = rows - Math.floor((low - start) / columns);
    this.cellsContext.putImageData(this.image, 0, 0, 0, top, columns, bottom - top);
  }

  /* Nothing is drawn again that is drawn already: a drag passes many moments of one sample. */
  drawIfChanged() {
    const chosen = page.selected?.run === this.run ? page.selected.group : null;
    if (this.drawn?.sample !== this.sample || this.drawn.chosen !== chosen) this.draw();
    this.drawn = { sample: this.sample, chosen };
  }

  draw() {
    const { context, canvas, cells } = this, { columns, rows, rowHeight } = page.memory;
    const cellWidth = canvas.width / columns, smooth = cellWidth < 1 || rowHeight < 1;
    context.imageSmoothingEnabled = smooth;
    context.imageSmoothingQuality = page.hurried ? 'low' : 'high';
    const height = rows * rowHeight;
    context.drawImage(cells, 0, 0, columns, rows, 0, canvas.height - height, canvas.width, height);
    if (page.patterns) this.drawPatterns(cellWidth);
    if (Math.min(cellWidth, rowHeight) >= GRID_CELL * page.pixelRatio) this.drawGrid(cellWidth);
    for (const frame of zoneEdges(this.run)) this.drawEdge(frame, 'zone');
    const spans = this.run.spans(this.sample);
    if (spans.length <= 2 * SPANS_MOST)
      spans.forEach((frame, i) => this.drawEdge(frame, this.run.about.brk && i === spans.length - 1 ? 'brk' : 'span'));
    if (page.selected?.run === this.run && page.selected.group.blocker) this.drawCulprit(page.selected.group);
    if (page.hovered >= 0) this.drawHovered(page.memory.cellOf(page.hovered));
  }

  drawPatterns(cellWidth) {
    const { context, canvas } = this, { columns, start, end, rowHeight } = page.memory, state = this.run.kinds.state;
    if (Math.min(cellWidth, rowHeight) >= LETTER_CELL * page.pixelRatio) return this.drawLetters(cellWidth);
    const bottom = canvas.height;
    drawTextures(context, 0, 0, canvas.width, bottom, (x, y) => {
      const frame = start + Math.floor((bottom - 1 - y) / rowHeight) * columns + Math.floor(x / cellWidth);
      return frame < end ? state[frame] : 0;
    });
  }

  drawLetters(cellWidth) {
    const { context } = this, { start, end, rowHeight } = page.memory, state = this.run.kinds.state;
    context.font = `${Math.min(22 * page.pixelRatio, Math.min(cellWidth, rowHeight) * 0.62)}px ${themeColours.mono}`;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    for (let frame = start; frame < end; frame++) {
      const kind = state[frame], cell = page.memory.cellOf(frame);
      context.fillStyle = inkOn(this.colours[kind]);
      context.fillText(page.kinds[kind].letter, cell.x + cellWidth / 2, cell.y + rowHeight / 2);
    }
  }

  drawGrid(cellWidth) {
    const { context, canvas } = this, { columns, rows, rowHeight } = page.memory;
    context.strokeStyle = themeColours.paper;
    context.lineWidth = page.pixelRatio;
    context.beginPath();
    for (let column = 1; column < columns; column++) {
      context.moveTo(Math.round(column * cellWidth) + 0.5, 0);
      context.lineTo(Math.round(column * cellWidth) + 0.5, canvas.height);
    }
    for (let row = 1; row <= rows; row++) {
      context.moveTo(0, Math.round(canvas.height - row * rowHeight) + 0.5);
      context.lineTo(canvas.width, Math.round(canvas.height - row * rowHeight) + 0.5);
    }
    context.stroke();
  }

  /* A line between a frame and the one below it:      ______
   *                                             ______|        */
  drawEdge(frame, kind) {
    const memory = page.memory;
    if (frame < memory.start || frame > memory.start + memory.range) return;
    const { context, canvas } = this, ratio = page.pixelRatio, cell = memory.cellOf(frame);
    const stroke = (width, colour) => {
      context.strokeStyle = colour;
      context.lineWidth = width * ratio;
      context.beginPath();
      context.moveTo(0, cell.y);
      context.lineTo(cell.x, cell.y);
      context.lineTo(cell.x, cell.y + cell.height);
      context.lineTo(canvas.width, cell.y + cell.height);
      context.stroke();
    };
    if (kind === 'brk') {
      stroke(3.5, themeColours.paper);
      stroke(1.5, themeColours.ink);
      return;
    }
    context.globalAlpha = kind === 'zone' ? 0.4 : 0.55;
    if (kind === 'zone') context.setLineDash([3 * ratio, 3 * ratio]);
    stroke(kind === 'zone' ? 1 : 0.75, themeColours.ink);
    context.setLineDash([]);
    context.globalAlpha = 1;
  }

  /* Rings what stands in the way, and says who it is. */
  drawCulprit(group) {
    const { context, canvas } = this, ratio = page.pixelRatio, memory = page.memory, { blocker } = group;
    const last = Math.min(memory.frames, blocker.frame + Math.max(1, blocker.frames)) - 1;
    const first = memory.cellOf(blocker.frame), end = memory.cellOf(last), rows = first.y > end.y;
    const pad = 4 * ratio, x = rows ? 0 : first.x, y = end.y;
    const width = rows ? canvas.width : end.x + end.width - first.x, height = first.y + first.height - end.y;
    if (y + height < 0 || y > canvas.height) return;
    for (const [line, colour] of [[5, themeColours.paper], [2.25, themeColours.fail]]) {
      context.strokeStyle = colour;
      context.lineWidth = line * ratio;
      context.strokeRect(x - pad, y - pad, width + 2 * pad, height + 2 * pad);
    }
    this.drawCallout(culpritText(group), x + width / 2, y - pad, y + height + pad);
  }

  /* A label with a pointer, above the point if there is room, otherwise below. */
  drawCallout(text, x, above, below) {
    const { context, canvas } = this, ratio = page.pixelRatio, high = 20 * ratio, pointer = 7 * ratio;
    context.font = `600 ${11.5 * ratio}px ${themeColours.sans}`;
    const wide = context.measureText(text).width + 12 * ratio;
    const left = Math.max(4, Math.min(canvas.width - wide - 4, x - wide / 2));
    const under = above - high - pointer < 2, top = under ? below + pointer : above - high - pointer;
    const tip = Math.max(left + 8 * ratio, Math.min(left + wide - 8 * ratio, x)), base = under ? top : top + high;
    context.fillStyle = themeColours.fail;
    context.fillRect(left, top, wide, high);
    context.beginPath();
    context.moveTo(tip - 6 * ratio, base);
    context.lineTo(tip + 6 * ratio, base);
    context.lineTo(tip, under ? base - pointer : base + pointer);
    context.fill();
    context.fillStyle = themeColours.failink;
    context.textAlign = 'left';
    context.textBaseline = 'middle';
    context.fillText(text, left + 6 * ratio, top + high / 2 + ratio / 2);
  }

  drawHovered(cell) {
    const { context } = this;
    context.strokeStyle = themeColours.ink;
    context.lineWidth = 1.5 * page.pixelRatio;
    context.strokeRect(cell.x - 1, cell.y - 1, cell.width + 2, cell.height + 2);
  }
}
