'use strict';
/* Starting: decode, build, lay out; and what changes all of it (size, colours, print). */

const NARROW_PX = 760;
const SMALL_FRAMES = 65536; /* up to 256 MiB, a row of the map is 1 MiB */
const GAP = 18;

async function start() {
  const begun = performance.now(), report = JSON.parse(byId('report').textContent);
  page.report = report;
  page.kinds = report.kinds;
  page.runs = (await Promise.all(report.strategies.map(loadRun))).filter(run => run !== null);
  page.memory = new MemoryView(report.frames);
  page.time = new TimeView(report.trace.events);
  page.moments = page.runs[0]?.events ?? [0]; /* all strategies were sampled at the same events */
  byId('stage').hidden = false;
  buildStory();
  buildRows();
  buildCharts();
  buildReadout();
  buildFailures();
  buildRam();
  buildNotes();
  listen();
  setDark(matchMedia('(prefers-color-scheme: dark)').matches);
  buildSummary();
  colourPictures();
  layout();
  drawLines();
  buildLegend();
  if (!readHash()) openAtFinding();
  drawNow();
  announce();
  document.documentElement.dataset.ready = String(Math.round(performance.now() - begun));
}

/* A strategy that could not run at all has an error, and no data. */
async function loadRun(about, index) {
  if (!about.result) return null;
  const [series, kinds, marks] = await Promise.all([takeJson(`series-${index}`), takeBlock(`kinds-${index}`), takeBlock(`marks-${index}`)]);
  return new Run(index, about, series, kinds, decodeMarks(marks), page.report.frames, page.report.kinds.length);
}

/* The page opens at the failure that the story is about: the first one that something stands in the way of. */
function openAtFinding() {
  const all = page.runs.flatMap(run => run.groups.map(group => ({ run, group })));
  const found = all.filter(one => blocks(one.group)).concat(all)[0];
  goTo(found ? found.group.first : page.time.events, found?.run);
}

function buildRows() {
  for (const run of page.runs) {
    const strip = element('canvas', { class: 'strip', role: 'img', 'aria-label': `All of memory over time under ${run.name}. ${verdictText(run)}.` });
    const map = element('canvas', { class: 'map', role: 'application', 'aria-roledescription': 'map of frames', tabindex: 0 });
    const state = element('span', { class: 'state' }), asOf = element('span', { class: 'as-of' });
    byId('rows').append(element('div', { class: 'row' },
      element('div', { class: 'left' }, element('div', { class: 'label' }, strategyMark(run), element('b', {}, run.name), element('span', { class: 'verdict' }, verdictText(run))), strip, element('i', { class: 'tick' })),
      element('div', { class: 'right' }, element('div', { class: 'label' }, element('span', { class: 'name' }, run.name), state, asOf), map)));
    page.strips.push(new Strip(run, strip));
    page.maps.push(Object.assign(new FrameMap(run, map), { state, asOf }));
  }
  for (const about of page.report.strategies)
    if (!about.result) byId('rows').append(element('p', { class: 'hint' }, element('b', {}, about.name), ` was not replayed: ${about.error}`));
}

function listen() {
  listenToButtons();
  listenToKeys();
  for (const strip of page.strips) listenToTime(strip.canvas, false, event => showStripTip(strip, event));
  listenToTime(byId('charts'), true, showChartTip);
  for (const map of page.maps) listenToMap(map);
  addEventListener('resize', layout);
  addEventListener('hashchange', () => {
    if (location.hash === hashText() || !readHash()) return;
    memoryMoved();
    timeMoved();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', event => setTheme(event.matches));
  addEventListener('beforeprint', printLight);
  addEventListener('afterprint', afterPrint);
}

/* ---- sizes ---- */

function layout() {
  const stage = byId('stage'), count = page.runs.length, ratio = Math.max(1, devicePixelRatio || 1);
  page.pixelRatio = ratio;
  page.narrow = stage.clientWidth < NARROW_PX;
  document.body.classList.toggle('narrow', page.narrow);
  document.body.classList.toggle('large', page.large);
  const beside = page.large && !page.narrow ? Math.min(count, 3) : 1;
  const room = page.large || page.narrow ? (stage.clientWidth - GAP * (beside - 1)) / beside : 512;
  const small = page.report.frames <= SMALL_FRAMES;
  const columns = page.large || page.narrow ? (small ? 128 : 1024) : small ? 256 : 1024;
  const width = wholeCells(room * ratio, columns), rows = Math.ceil(page.report.frames / columns);
  const height = rowsHeight(rows, mapRoom(count) * ratio, ratio);
  stage.style.setProperty('--map-width', `${width / ratio}px`);
  stage.style.setProperty('--beside', beside);
  page.memory.resize(width, height, columns);
  page.stripWidth = byId('rows').querySelector('.left').clientWidth;
  page.chartWidth = byId('charts').clientWidth;
  const stripHeight = page.large ? 120 : height / ratio;
  for (const map of page.maps) map.resize(width / ratio, height / ratio);
  for (const strip of page.strips) strip.resize(page.stripWidth, stripHeight);
  resizeCharts();
  if (page.ramPlot) drawRamCurves();
  memoryMoved();
  timeMoved();
}

/* How high a map may be, in CSS pixels, so that three rows are seen at once. */
function mapRoom(count) {
  if (page.narrow) return 200;
  return page.large ? innerHeight - 240 : Math.max(110, (innerHeight - 190) / Math.min(count, 3) - 24 - LANE);
}

/* Cells are whole pixels, if they are pixels at all. */
function wholeCells(width, columns) {
  return width < columns ? Math.floor(width) : columns * Math.floor(width / columns);
}

function rowsHeight(rows, room, ratio) {
  if (rows > room) return Math.floor(room);
  const most = Math.max(4 * ratio, Math.ceil(120 * ratio / rows));
  return rows * Math.max(1, Math.min(most, Math.floor(room / rows)));
}

function setLarge(large) {
  page.large = large;
  byId('large').setAttribute('aria-pressed', String(large));
  layout();
}

/* ---- colours ---- */

function setDark(dark) {
  page.dark = dark;
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  byId('theme').setAttribute('aria-pressed', String(dark));
  readThemeColours();
}

function setTheme(dark) {
  setDark(dark);
  recolour();
}

function setPatterns(patterns) {
  page.patterns = patterns;
  byId('patterns').checked = patterns;
  buildLegend();
  redraw('strips', 'maps');
}

function colourPictures() {
  for (const strip of page.strips) strip.recolour();
  for (const map of page.maps) map.recolour();
  for (const mark of document.querySelectorAll('[data-run]')) {
    const { look } = page.runs.find(run => run.index === Number(mark.dataset.run)), colour = page.dark ? look.dark : look.light;
    mark.style[mark.tagName === 'line' ? 'stroke' : 'background'] = colour;
  }
}

function drawLines() {
  drawCharts();
  drawRamCurves();
}

function recolour() {
  colourPictures();
  buildLegend();
  drawLines();
  for (const map of page.maps) map.moveMemory();
  redraw('strips', 'maps');
}

/* Paper is white, whatever the screen is. */
let darkBeforePrint = false;
function printLight() {
  darkBeforePrint ||= page.dark;
  if (page.dark) setTheme(false);
  drawNow();
}

function afterPrint() {
  if (darkBeforePrint) setTheme(true);
  darkBeforePrint = false;
}

start();
