'use strict';
/*
 * Which addresses the pictures show. The left picture and the map have one address axis: the map shows the frames of
 * that range in rows, low addresses at the bottom, so a row of the map stands beside its addresses on the left.
 *
 * Each step of the zoom halves the range. The map's rows get shorter with it, so that cells stay about square:
 *
 *   80 MiB: 80 rows of 256 frames      20 MiB: 40 rows of 128 frames      ...      40 frames: 5 rows of 8 frames
 */
const COLUMNS_LEAST = 8;
const COLUMNS_MOST = 1024;
const RANGE_LEAST_FRAMES = 32;

class MemoryView {
  constructor(frames) {
    this.frames = frames;
    this.steps = 0;
    this.start = 0;
  }

  /* Takes the size of the map in device pixels; `columns` is the length of a row when all of memory is shown. */
  resize(width, height, columns) {
    this.width = width;
    this.height = height;
    this.allColumns = columns;
    this.place(this.start);
  }

  stepsMost() {
    return Math.max(0, Math.floor(Math.log2(this.frames / RANGE_LEAST_FRAMES)));
  }

  isAll() {
    return this.steps === 0;
  }

  /* Zooms to a number of halvings. The frame stays at its height in the picture, or comes to the middle of it. */
  zoom(steps, frame = this.start + Math.floor(this.range / 2)) {
    const part = this.shows(frame) ? (frame - this.start) / this.range : 0.5;
    this.steps = Math.max(0, Math.min(this.stepsMost(), steps));
    this.place(0);
    this.place(frame - part * this.range);
    this.reveal(frame);
  }

  shows(frame) {
    return frame >= this.start && frame < this.start + this.range;
  }

  /* Shows the range that begins with the row of `start`, or the nearest within memory. */
  place(start) {
    const wanted = this.frames / 2 ** this.steps;
    this.columns = this.steps === 0 ? this.allColumns : this.columnsFor(wanted);
    const rows = wanted / this.columns, rowHeight = this.height / rows;
    this.rowHeight = rowHeight >= 2 && this.steps > 0 ? Math.round(rowHeight) : this.height / Math.ceil(rows);
    const rowsShown = this.height / this.rowHeight, rowsAll = Math.ceil(this.frames / this.columns);
    const row = Math.round(start / this.columns);
    this.start = Math.max(0, Math.min(row, Math.ceil(rowsAll - rowsShown))) * this.columns;
    this.range = rowsShown * this.columns;
    this.rows = Math.ceil(rowsShown);
    this.end = Math.min(this.frames, this.start + this.rows * this.columns);
  }

  columnsFor(range) {
    const square = Math.sqrt(range * this.width / this.height);
    return Math.max(COLUMNS_LEAST, Math.min(this.allColumns, 2 ** Math.round(Math.log2(square))));
  }

  /* Makes sure that a frame is in sight. */
  reveal(frame) {
    if (!this.shows(frame)) this.place(frame - this.range / 2);
  }

  /* The height of a frame's lower edge, from the top of a picture that is `height` high. */
  yOf(frame, height) {
    return height * (1 - (frame - this.start) / this.range);
  }

  /* The frame at a point of the map, given as parts of its width and height; -1 outside memory. */
  frameAt(x, y) {
    const row = Math.floor((1 - y) * this.height / this.rowHeight), column = Math.floor(x * this.columns);
    const frame = this.start + row * this.columns + column;
    return x >= 0 && x < 1 && y >= 0 && y < 1 && frame < this.frames ? frame : -1;
  }

  /* The rectangle of a frame on the map, in device pixels. */
  cellOf(frame) {
    const at = frame - this.start, width = this.width / this.columns;
    return {
      x: at % this.columns * width,
      y: this.height - (Math.floor(at / this.columns) + 1) * this.rowHeight,
      width,
      height: this.rowHeight,
    };
  }
}

/* Which part of the trace the pictures show. */
class TimeView {
  constructor(events) {
    this.events = events;
    this.showAll();
  }

  showAll() {
    this.start = 0;
    this.end = this.events;
  }

  isAll() {
    return this.start === 0 && this.end === this.events;
  }

  span() {
    return this.end - this.start;
  }

  /* Keeps `event` where it is in the picture. */
  zoom(factor, event) {
    const least = Math.min(this.events, Math.max(20, this.events / 2000));
    const span = Math.max(least, Math.min(this.events, this.span() / factor));
    const part = (event - this.start) / this.span();
    this.place(event - part * span, span);
  }

  place(start, span = this.span()) {
    this.start = Math.max(0, Math.min(this.events - span, start));
    this.end = this.start + span;
  }

  reveal(event) {
    if (event < this.start || event > this.end) this.place(event - this.span() / 2);
  }

  /* The part of the picture's width that lies before an event. */
  partOf(event) {
    return (event - this.start) / (this.span() || 1);
  }

  eventAt(part) {
    return Math.round(this.start + Math.max(0, Math.min(1, part)) * this.span());
  }
}
