'use strict';
/* The story, the summary, the table of failures, the notes: all that is read rather than looked at. */

/* A span of a sentence: text, perhaps strong, code, or a link to a moment. */
function spanNode(span) {
  let node = document.createTextNode(span.text);
  if (span.code) node = element('code', {}, node);
  if (span.strong) node = element('b', {}, node);
  if (span.event) node = momentLink(span.event, span.strategy, node);
  return node;
}

function momentLink(event, strategy, ...content) {
  const hash = `#event=${event}${strategy ? `&strategy=${encodeURIComponent(strategy)}` : ''}`;
  return element('a', { href: hash, onclick: click => {
    if (click.ctrlKey || click.metaKey || click.shiftKey) return;
    click.preventDefault();
    click.stopPropagation();
    jumpTo(event, page.runs.find(run => run.name === strategy));
    showStage();
  } }, content);
}

function showStage() {
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  byId('stage').scrollIntoView({ behavior: still ? 'auto' : 'smooth', block: 'start' });
}

function paragraphNode(spans) {
  const remedy = spans.some(span => span.remedy);
  return element('p', {}, remedy ? element('span', { class: 'remedy' }, spans.map(spanNode)) : spans.map(spanNode));
}

function buildStory() {
  const { report } = page, dot = () => element('span', { 'aria-hidden': 'true' }, '·');
  const facts = ['mmsim report', report.trace.name, `${grouped(report.trace.events)} events`, `RAM ${sizeText(report.ram_bytes)}`, report.strategies.map(one => one.name).join(', ')];
  byId('facts').append(...facts.flatMap((fact, i) => i ? [dot(), fact] : [fact]));
  document.title = `${report.trace.name}, ${sizeText(report.ram_bytes)} – mmsim report`;
  setText(byId('headline'), report.story.headline);
  byId('story').replaceChildren(...report.story.paragraphs.map(paragraphNode));
}

function buildSummary() {
  const { columns, rows } = page.report.table;
  const head = columns.map(name => {
    const run = page.runs.find(one => one.name === name);
    return element('th', { scope: 'col' }, run ? strategyMark(run) : '', name);
  });
  const body = rows.map(row => element('tr', {}, element('th', { scope: 'row' }, row.label),
    row.cells.map((cell, i) => element('td', { class: cell.best ? 'best' : null },
      cell.event ? momentLink(cell.event, columns[i], cell.text) : cell.text,
      cell.best ? element('span', { class: 'unseen' }, ' (best)') : ''))));
  byId('summary').append(element('caption', { class: 'unseen' }, 'The strategies compared'),
    element('thead', {}, element('tr', {}, element('td'), head)), element('tbody', {}, body));
}

/* ---- failures ---- */

function buildFailures() {
  const rows = page.runs.flatMap(run => run.groups.map(group => ({ run, group })));
  if (rows.length === 0) return;
  byId('failing').hidden = false;
  const most = Math.max(...rows.map(row => row.group.count));
  const heads = ['strategy', 'how many', 'why', 'the first', 'free then', 'who has it', 'what lets the first one pass'];
  page.failureRows = rows.map(row => ({ ...row, node: failureRow(row.run, row.group, most) }));
  byId('failures').append(element('thead', {}, element('tr', {}, heads.map((text, i) => element('th', { scope: 'col', class: i === 1 || i === 4 ? 'number' : null }, text)))),
    element('tbody', {}, page.failureRows.map(row => row.node)));
}

function failureRow(run, group, most) {
  const choose = () => {
    jumpTo(group.first, run);
    showStage();
  };
  const meter = element('span', { class: 'meter', 'aria-hidden': 'true', style: { width: `${Math.max(1, 64 * group.count / most)}px` } });
  return element('tr', { onclick: choose },
    element('th', { scope: 'row' }, strategyMark(run), run.name),
    element('td', { class: 'number' }, element('div', { class: 'count' }, meter, grouped(group.count))),
    element('td', {}, element('code', {}, group.cause), element('small', {}, causeText(group.cause))),
    element('td', {}, momentLink(group.first, run.name, `event ${grouped(group.first)}`), element('small', {}, askedText(group)), askersNode(group)),
    element('td', { class: 'number' }, sizeText(group.free_bytes), sizeText(group.most_free_bytes) !== sizeText(group.free_bytes) ? element('small', {}, `at most ${sizeText(group.most_free_bytes)}`) : ''),
    element('td', {}, blockerNode(group)),
    element('td', {}, remediesNode(group)));
}

function askedText(group) {
  const by = group.asker ? `, by ${siteText(group.asker)}` : '';
  return `${group.request} of ${sizeText(group.bytes)}${by}${group.late ? ', at the first touch' : ''}`;
}

/* The sites with most of the group's failures, where there are several. */
function askersNode(group) {
  const askers = group.askers ?? [];
  return askers.length < 2 ? '' : element('small', {}, `in all: ${askers.map(([site, count]) => `${site ? siteText(site) : 'unknown'} ${grouped(count)}`).join(', ')}`);
}

function blockerNode(group) {
  const { blocker } = group;
  if (!blocker) return '–';
  const known = blocker.site || blocker.process;
  const nodes = [blocks(group) ? 'in the way: ' : known ? 'most: ' : '', element('code', {}, ownerText(blocker)),
    `, ${pluralText(blocker.frames, 'page', 'pages')} at ${frameName(blocker.frame)}`];
  if (Number.isFinite(blocker.since_event)) nodes.push(`, for ${grouped(group.first - blocker.since_event)} events`);
  const others = (group.blockers ?? []).length > 1
    ? element('small', {}, `in all: ${group.blockers.map(([site, count]) => `${site ? siteText(site) : 'unknown'} ${grouped(count)}`).join(', ')}`) : '';
  return [nodes, others];
}

function remediesNode(group) {
  const remedies = group.remedies ?? [];
  if (remedies.length === 0) return element('span', { class: 'dim' }, '–');
  return element('ul', {}, remedies.map(spans => element('li', {}, spans.map(spanNode))));
}

function markSelectedRow() {
  for (const row of page.failureRows ?? []) {
    const selected = page.selected?.group === row.group;
    row.node.classList.toggle('selected', selected);
    if (selected) row.node.setAttribute('aria-current', 'true');
    else row.node.removeAttribute('aria-current');
  }
}

/* ---- legend and notes ---- */

function buildLegend() {
  const seen = new Set();
  for (const { shares } of page.runs)
    shares.values.forEach((share, i) => share > 0 && seen.add(i % shares.kindCount));
  byId('legend').replaceChildren(...[...seen].sort((a, b) => a - b).map(kind => element('button', {
    'data-kind': kind, 'aria-pressed': String(page.highlighted === kind), onclick: () => {
      page.highlighted = page.highlighted === kind ? -1 : kind;
      recolour();
    },
  }, swatch(kind), page.kinds[kind].says)));
}

const KEYS = [
  [['space'], 'play'], [['←', '→'], 'a moment (with shift: ten)'], [['n', 'p'], 'next failure, failure before (with shift: burst)'],
  [['home', 'end'], 'start, end'], [['+', '−'], 'zoom into memory'], [[']', '['], 'zoom into time'], [['0'], 'all'], [['l'], 'large maps'], [['d'], 'light or dark'],
];

function buildNotes() {
  const keys = KEYS.flatMap(([names, text], i) => [i ? ', ' : '', names.flatMap((name, j) => [j ? ' ' : '', element('kbd', {}, name)]), ' ' + text]);
  byId('notes').append(...(page.report.notes ?? []).map(paragraphNode),
    element('p', {}, element('b', {}, 'Colours. '), 'A cell of the left pictures that holds several kinds is their mixture. Patterns and letters tell the kinds apart without colour.'),
    element('p', {}, element('b', {}, 'Keys. '), keys, '. When a map has the focus, the arrow keys move over its frames, and ', element('kbd', {}, 'esc'), ' leaves it.'),
    element('p', {}, element('b', {}, 'Pointer. '), 'Drag in a left picture or a time line to move through time, in a map to move through memory. Double click or pinch to zoom; the wheel zooms together with ', element('kbd', {}, 'ctrl'), '.'),
    element('p', {}, typeof uPlot === 'undefined' ? '' : 'uPlot (MIT licence, in the source of this page) draws the time lines. ', 'This page asks nothing of any network.'));
}

/* ---- a sweep over RAM ---- */

function buildRam() {
  const { sweep } = page.report;
  if (!sweep) return;
  byId('ram').hidden = false;
  const rows = sweep.results.map(result => element('tr', {}, element('th', { scope: 'row' }, result.strategy),
    element('td', {}, result.least_ram_bytes ? sizeText(result.least_ram_bytes) : '–')));
  byId('ram-table').append(element('thead', {}, element('tr', {}, element('th', { scope: 'col' }, 'strategy'), element('th', { scope: 'col' }, 'least RAM without a failure'))),
    element('tbody', {}, rows));
}

/* Requests that fail, against RAM: a line for each strategy. */
function drawRamCurves() {
  const { sweep } = page.report, area = byId('ram-curves');
  if (!sweep || typeof uPlot === 'undefined') return;
  page.ramPlot?.destroy();
  const results = sweep.results.filter(result => result.points.length > 0);
  const tables = results.map(result => {
    const points = [...result.points].sort((a, b) => a.ram_bytes - b.ram_bytes);
    return [points.map(point => point.ram_bytes), points.map(point => 100 * point.failed / (point.requests || 1))];
  });
  const lines = results.map((result, i) => {
    const look = page.runs.find(run => run.name === result.strategy)?.look ?? strategyLook(result.strategy, i);
    return { stroke: page.dark ? look.dark : look.light, width: 1.75, dash: look.dash, spanGaps: true, points: { show: true, size: 4 } };
  });
  const axis = { font: `10.5px ${themeColours.sans}`, stroke: themeColours.dim, grid: { stroke: themeColours.grid, width: 1 }, ticks: { show: false } };
  area.setAttribute('role', 'img');
  area.setAttribute('aria-label', 'Share of requests that fail, against RAM; the table beside has the least RAM of each strategy');
  page.ramPlot = new uPlot({
    width: Math.max(280, area.clientWidth), height: 220, legend: { show: false }, cursor: { show: false },
    series: [{}, ...lines], scales: { x: { time: false } },
    axes: [{ ...axis, space: 70, values: (plot, values) => values.map(sizeText) }, { ...axis, size: GUTTER, values: (plot, values) => values.map(value => `${value}${NARROW_SPACE}%`) }],
  }, uPlot.join(tables), area);
}
