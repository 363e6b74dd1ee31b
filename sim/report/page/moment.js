'use strict';
/* The moment: going to it, stepping, playing, failures, and the address of the page that leads back to it. */

const PLAY_MS = 20000; /* how long the time in sight takes to play */
const HASH_DELAY_MS = 250;
const REST_MS = 100;

const clampEvent = event => Math.max(0, Math.min(page.time.events, Math.round(event)));

/* Goes to an event. If it is the first of a group of failures, that group is selected; `run` says which of several. */
function goTo(event, run = page.selected?.run) {
  const before = page.selected;
  page.event = clampEvent(event);
  page.selected = failureAt(page.event, run);
  if (page.selected?.group.blocker && page.selected.group !== before?.group) page.memory.reveal(page.selected.group.blocker.frame);
  if (before?.group !== page.selected?.group) {
    markSelectedRow();
    redraw('strips');
  }
  redraw('moment');
}

/* As goTo, for a jump: the moment is brought into sight, and spoken. */
function jumpTo(event, run) {
  stopPlaying();
  const start = page.memory.start, from = page.time.start;
  goTo(event, run);
  page.time.reveal(page.event);
  if (page.memory.start !== start) memoryMoved();
  if (page.time.start !== from) timeMoved();
  announce();
}

function failureAt(event, run) {
  let found = null;
  for (const one of page.runs)
    for (const group of one.groups)
      if (group.first === event && (found === null || one === run || (found.run !== run && blocks(group) && !blocks(found.group))))
        found = { run: one, group };
  return found;
}

function showMoment() {
  hurry();
  for (const map of page.maps) {
    const sample = map.run.sampleAt(page.event);
    map.show(sample);
    map.drawIfChanged();
    const [text, how] = stateOf(map.run, sample);
    setText(map.state, text);
    if (map.state.className !== 'state ' + how) map.state.className = 'state ' + how;
    setText(map.asOf, sampleText(map.run, sample));
  }
  const event = `event ${grouped(page.event)}`;
  setText(byId('moment-head'), `At ${event}.`);
  setText(byId('where'), `${event} · ${percentText(page.event, page.time.events)} of the trace`);
  const slider = byId('slider');
  if (+slider.value !== page.event) slider.value = page.event;
  slider.setAttribute('aria-valuetext', event);
  showNow();
  showReadout();
  showHashSoon();
}

/* A map of more frames than pixels costs most of its time to be shrunk finely. While the moment is dragged or played, that
   is left out; the maps are drawn finely as soon as it rests. */
let shownAt = 0, restTimer = 0;
function hurry() {
  const now = performance.now();
  page.hurried = now - shownAt < REST_MS;
  shownAt = now;
  clearTimeout(restTimer);
  if (page.hurried) restTimer = setTimeout(rest, REST_MS);
}

function rest() {
  page.hurried = false;
  for (const map of page.maps) map.draw();
}

/* The line that marks the moment in every picture of time. */
function showNow() {
  const part = page.time.partOf(page.event), seen = part >= 0 && part <= 1;
  for (const area of [byId('rows'), byId('charts')]) {
    const width = area === byId('charts') ? page.chartWidth : page.stripWidth;
    area.style.setProperty('--now', `${GUTTER + part * (width - GUTTER)}px`);
    area.classList.toggle('elsewhere', !seen);
  }
}

/* ---- stepping ---- */

function stepMoment(steps) {
  const at = countUpTo(page.moments, page.event) - 1;
  const exact = page.moments[at] === page.event;
  jumpTo(page.moments[Math.max(0, Math.min(page.moments.length - 1, steps < 0 && !exact ? at + steps + 1 : at + steps))]);
}

/* The next failure of any strategy, or the next burst of them. */
function stepFailure(direction, bursts) {
  let best = null;
  for (const run of page.runs) {
    const events = bursts ? run.bursts : run.marks.events;
    const at = direction > 0 ? countUpTo(events, page.event) : countUpTo(events, page.event - 1) - 1;
    const event = events[at];
    if (event !== undefined && (best === null || direction * (event - best.event) < 0)) best = { event, run };
  }
  if (best) jumpTo(best.event, best.run);
}

/* ---- playing ---- */

let playing = 0;
function stopPlaying() {
  cancelAnimationFrame(playing);
  playing = 0;
  setText(byId('play'), '▶');
  byId('play').setAttribute('aria-label', 'Play');
}

function play() {
  if (playing) return stopPlaying();
  if (page.event >= page.time.end || page.event < page.time.start) goTo(page.time.start);
  let before = performance.now(), exact = page.event;
  const step = now => {
    exact += page.time.span() * (now - before) / PLAY_MS;
    before = now;
    goTo(Math.min(exact, page.time.end));
    if (exact >= page.time.end) stopPlaying();
    else playing = requestAnimationFrame(step);
  };
  setText(byId('play'), '❚❚');
  byId('play').setAttribute('aria-label', 'Pause');
  playing = requestAnimationFrame(step);
  return undefined;
}

/* ---- the address: #event=37149&strategy=brk&memory=0,2&time=0,400000 ---- */

function hashText() {
  const parts = [`event=${page.event}`];
  if (page.selected) parts.push(`strategy=${encodeURIComponent(page.selected.run.name)}`);
  if (!page.memory.isAll()) parts.push(`memory=${page.memory.start},${page.memory.steps}`);
  if (!page.time.isAll()) parts.push(`time=${Math.round(page.time.start)},${Math.round(page.time.end)}`);
  return '#' + parts.join('&');
}

/* Late, because browsers limit how often an address may change. */
let hashTimer = 0;
function showHashSoon() {
  clearTimeout(hashTimer);
  hashTimer = setTimeout(() => {
    const hash = hashText();
    if (location.hash !== hash) history.replaceState(null, '', hash);
  }, HASH_DELAY_MS);
}

/* Returns false if the address names no moment. What it does not say is left as it is. */
function readHash() {
  const values = new URLSearchParams(location.hash.slice(1));
  const event = Number(values.get('event') ?? NaN);
  if (!Number.isFinite(event)) return false;
  const [start, steps] = (values.get('memory') ?? '').split(',').map(Number);
  page.memory.steps = Number.isInteger(steps) ? Math.max(0, Math.min(page.memory.stepsMost(), steps)) : 0;
  page.memory.place(Number.isFinite(start) ? start : 0);
  const [from, to] = (values.get('time') ?? '').split(',').map(Number);
  page.time.showAll();
  if (to > from) page.time.place(from, Math.min(to - from, page.time.events));
  const strategy = values.get('strategy');
  goTo(event, page.runs.find(run => run.name === strategy));
  return true;
}

/* ---- speaking ---- */

let announceTimer = 0;
function announce(text) {
  clearTimeout(announceTimer);
  announceTimer = setTimeout(() => {
    for (const map of page.maps) map.canvas.setAttribute('aria-label', describeMap(map.run, map.sample));
    setText(byId('announcement'), text ?? `Event ${grouped(page.event)}. `
      + page.runs.map(run => `${run.name}: ${stateOf(run, run.sampleAt(page.event))[0]}, ${sizeText(run.series.free_bytes[run.sampleAt(page.event)])} free`).join('. '));
  }, 300);
}
