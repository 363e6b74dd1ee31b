'use strict';
/* Zooming and moving: the two views are changed here, and what shows them is told. */

function memoryMoved() {
  const { memory } = page;
  page.hovered = -1;
  hideTip();
  for (const map of page.maps) map.moveMemory();
  for (const strip of page.strips) strip.moveMemory();
  const range = memory.isAll() ? 'All of memory' : `${addressText(memory.start)} to ${addressText(Math.min(memory.frames, memory.start + memory.range))}`;
  setText(byId('time-head'), `${range}.`);
  setText(byId('map-head'), memory.isAll()
    ? `Each cell is a page of 4 KiB, each row ${framesText(memory.columns)}.`
    : `${range}; each row is ${framesText(memory.columns)}.`);
  for (const map of page.maps) map.canvas.classList.toggle('part', !memory.isAll());
  byId('memory-out').disabled = memory.isAll();
  byId('memory-in').disabled = memory.steps === memory.stepsMost();
  redraw('strips', 'maps');
}

/* An address to the digit that matters in the range in sight. */
function addressText(frame) {
  const fine = page.memory.range < 256 ? 3 : page.memory.range < 4096 ? 2 : 1, mib = frame * PAGE_BYTES / 2 ** 20;
  return `${Number(mib.toFixed(fine)).toLocaleString('en-US', { maximumFractionDigits: 3 })}${NARROW_SPACE}MiB`;
}

function timeMoved() {
  byId('time-out').disabled = page.time.isAll();
  redraw('strips', 'charts', 'moment');
}

/* Zooms towards the culprit, if there is one in sight, otherwise towards the middle. */
function zoomMemory(steps, frame) {
  const culprit = page.selected?.group.blocker?.frame;
  if (frame === undefined && culprit !== undefined) {
    page.memory.zoom(page.memory.steps + steps);
    page.memory.place(culprit - page.memory.range / 2);
  } else page.memory.zoom(page.memory.steps + steps, frame);
  memoryMoved();
}

function panMemory(start) {
  const before = page.memory.start;
  page.memory.place(start);
  if (page.memory.start !== before) memoryMoved();
}

function zoomTime(factor, event = page.event) {
  if (event < page.time.start || event > page.time.end) page.time.reveal(event);
  page.time.zoom(factor, event);
  timeMoved();
}

function panTime(start) {
  page.time.place(start);
  timeMoved();
}

function showEverything() {
  page.memory.steps = 0;
  page.memory.place(0);
  page.time.showAll();
  memoryMoved();
  timeMoved();
}
