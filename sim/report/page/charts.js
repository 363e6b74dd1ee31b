'use strict';
/* The time lines, and the table of their values at the moment. uPlot draws them; it is npm's package, inlined. */

const CHART_HEIGHT = 104;
const ORDERS = 11;

/* What is chosen in the selects of the panels. */
const chosen = { order: 4, zone: -1 };

const freeBytes = (run, i) => chosen.zone < 0 ? run.series.free_bytes[i] : run.series.free_frames[chosen.zone][i] * PAGE_BYTES;
const unusablePart = (run, i) => run.series.unusable[chosen.order][i] / 10;

/* Misses for each 1,000 translations since the sample before. */
function tlbMisses(run, i) {
  const { tlb_hits: hits, tlb_misses: misses } = run.series, before = Math.max(0, i - 1);
  const missed = misses[i] - misses[before], all = missed + hits[i] - hits[before];
  return all > 0 ? 1000 * missed / all : 0;
}

const PANELS = [
  { title: 'failures so far', value: (run, i) => run.series.failures[i], text: grouped },
  { title: 'heap: span, and payload (thin)', value: (run, i) => run.series.heap_span_bytes[i], second: (run, i) => run.series.heap_payload_bytes[i], text: sizeText, bytes: true },
  { title: 'free memory', value: freeBytes, text: sizeText, bytes: true, select: zoneSelect },
  { title: 'free, but unusable for blocks of', value: unusablePart, text: value => value.toFixed(0) + NARROW_SPACE + '%', select: orderSelect },
  { title: 'TLB misses for each 1,000 translations', value: tlbMisses, text: value => value.toFixed(1), when: run => run.series.tlb_misses },
];

function zoneSelect() {
  const choices = [[-1, 'all zones'], ...page.report.zones.map((zone, i) => [i, zone.name])];
  return chartSelect('zone', 'Zone whose free memory is drawn', choices);
}

function orderSelect() {
  const choices = Array.from({ length: ORDERS }, (_, order) => [order, sizeText(PAGE_BYTES * 2 ** order)]);
  return chartSelect('order', 'Size of the blocks for which free memory is unusable', choices);
}

function chartSelect(name, label, choices) {
  return element('select', { id: `chosen-${name}`, 'aria-label': label, onchange: event => {
    chosen[name] = Number(event.target.value);
    drawCharts();
    showReadout();
  } }, choices.map(([value, text]) => element('option', { value, selected: value === chosen[name] }, text)));
}

const shownPanels = () => PANELS.filter(panel => !panel.when || page.runs.every(panel.when));

function buildCharts() {
  const area = byId('charts');
  if (typeof uPlot === 'undefined') {
    area.replaceChildren(element('p', { class: 'hint' }, 'This page has no time lines, because mmsim was built without uPlot. ',
      element('code', {}, 'make uplot && make'), ' fetches it from npm and builds mmsim with it. The table beside shows the same values.'));
    return;
  }
  area.replaceChildren(...shownPanels().map(panel => {
    panel.area = element('div', { class: 'plot' }, element('i', { class: 'tick' }));
    return element('div', { class: 'panel' }, element('h3', {}, panel.title + ' ', panel.select ? panel.select() : ''), panel.area);
  }));
}

/* A line for each strategy. uPlot keeps no data of its own that is worth keeping: a change of colours makes it anew. */
function drawCharts() {
  if (typeof uPlot === 'undefined') return;
  for (const panel of shownPanels()) {
    panel.plot?.destroy();
    const tables = page.runs.map(run => panelTable(panel, run));
    const most = Math.max(...tables.flatMap(table => table.slice(1).map(list => list.reduce((a, b) => Math.max(a, b), 0))));
    panel.plot = new uPlot(plotOptions(panel, panel.bytes ? roundBytes(most) : Math.max(1, most) * 1.05), uPlot.join(tables), panel.area);
    describePanel(panel, most);
  }
}

/* Where two samples are of one event, the later one counts: uPlot wants each x once. */
function panelTable(panel, run) {
  const keep = run.events.map((_, i) => i).filter(i => run.events[i] !== run.events[i + 1]);
  const table = [keep.map(i => run.events[i]), keep.map(i => panel.value(run, i))];
  if (panel.second) table.push(keep.map(i => panel.second(run, i)));
  return table;
}

function plotOptions(panel, top) {
  const stepped = uPlot.paths.stepped({ align: 1 });
  const series = page.runs.flatMap(run => {
    const line = { stroke: page.dark ? run.look.dark : run.look.light, width: 1.75, dash: run.look.dash, spanGaps: true, points: { show: false }, paths: stepped };
    return panel.second ? [line, { ...line, width: 0.75, dash: [] }] : [line];
  });
  return {
    width: page.chartWidth, height: CHART_HEIGHT, padding: [8, 0, 6, 0], legend: { show: false },
    cursor: { show: false },
    series: [{}, ...series],
    scales: { x: { time: false, auto: false, range: () => [page.time.start, page.time.end] }, y: { range: () => [0, top] } },
    axes: [{ show: false }, {
      size: GUTTER, gap: 7, space: 26, font: `10.5px ${themeColours.sans}`, stroke: themeColours.dim,
      grid: { stroke: themeColours.grid, width: 1 }, ticks: { show: false },
      values: (plot, values) => values.map(panel.text), ...(panel.bytes ? { splits: () => [0, top / 2, top] } : {}),
    }],
  };
}

/* 1, 1.5, 2, 3, 4, 6, 8, 12... pages: the half of it is a round number, too. */
function roundBytes(bytes) {
  for (let size = 2 * PAGE_BYTES; ; size *= 2) {
    if (size >= bytes) return size;
    if (size * 1.5 >= bytes) return size * 1.5;
  }
}

function describePanel(panel, most) {
  const ends = page.runs.map(run => `${run.name} ends at ${panel.text(panel.value(run, run.events.length - 1))}`);
  panel.area.setAttribute('role', 'img');
  panel.area.setAttribute('aria-label', `${panel.title}: ${listText(ends)}; at most ${panel.text(most)}`);
}

function showChartTime() {
  for (const panel of PANELS) panel.plot?.setScale('x', { min: page.time.start, max: page.time.end });
}

function resizeCharts() {
  for (const panel of PANELS) panel.plot?.setSize({ width: page.chartWidth, height: CHART_HEIGHT });
}

function showChartTip(event) {
  tipTurn++;
  const panel = PANELS.find(one => one.plot && one.area.contains(event.target)), box = byId('charts').getBoundingClientRect();
  const left = event.clientX - box.left;
  if (!panel || left < GUTTER) return hideTip();
  const at = page.time.eventAt((left - GUTTER) / (box.width - GUTTER));
  showTip(event.clientX, event.clientY, tipHead('', panel.title.replace(/:.*/, ''), `event ${grouped(at)}`),
    ...page.runs.map(run => {
      const sample = run.sampleAt(at), second = panel.second ? `, payload ${panel.text(panel.second(run, sample))}` : '';
      return element('div', {}, strategyMark(run), `${run.name} ${panel.text(panel.value(run, sample))}${second}`);
    }));
  return undefined;
}

/* ---- the table beside ---- */

const MEASURES = [
  ['failed so far', (run, i) => (run.thinned && run.events[i] < page.event ? '≥ ' : '') + grouped(run.failedUpTo(page.event))],
  ['heap spans', (run, i) => sizeText(run.series.heap_span_bytes[i])],
  ['heap payload', (run, i) => sizeText(run.series.heap_payload_bytes[i])],
  [() => chosen.zone < 0 ? 'free' : `free in ${page.report.zones[chosen.zone].name}`, (run, i) => sizeText(freeBytes(run, i))],
  ['longest free run', (run, i) => framesText(run.series.largest_run_frames[i])],
  [() => `unusable for ${sizeText(PAGE_BYTES * 2 ** chosen.order)}`, (run, i) => unusablePart(run, i).toFixed(0) + NARROW_SPACE + '%'],
  ['pages moved', (run, i) => grouped(run.series.moves[i])],
  ['TLB misses so far', (run, i) => run.series.tlb_misses ? grouped(run.series.tlb_misses[i]) : '–'],
];

function buildReadout() {
  const heads = page.runs.map(run => element('th', { scope: 'col' }, lineSample(run), run.name));
  page.readout = MEASURES.map(() => ({ name: element('th', { scope: 'row' }), cells: page.runs.map(() => element('td')) }));
  byId('readout').append(element('thead', {}, element('tr', {}, element('td'), heads)),
    element('tbody', {}, page.readout.map(row => element('tr', {}, row.name, row.cells))));
}

const lineSample = run => svgElement('svg', { width: 20, height: 8, 'aria-hidden': 'true' },
  svgElement('line', { x2: 20, y1: 4, y2: 4, 'stroke-width': 2.5, 'stroke-dasharray': run.look.dash.join(' '), class: 'strategy-line', 'data-run': run.index }));

function showReadout() {
  const samples = page.runs.map(run => run.sampleAt(page.event));
  MEASURES.forEach(([name, value], i) => {
    setText(page.readout[i].name, typeof name === 'function' ? name() : name);
    page.runs.forEach((run, j) => setText(page.readout[i].cells[j], value(run, samples[j])));
  });
}
