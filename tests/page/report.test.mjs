/* Reports of traces in a real browser: their numbers beside `mmsim compare --json`, their pixels beside `mmsim map`. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { closeBrowser, openBrowser, openPage, SCREENS, settle, temporaryDirectory, text } from './browser.mjs';

const PROGRAM = process.env.PROGRAM ?? 'build/mmsim', MOMENTS = 10;
const mmsim = (...words) => execFileSync(PROGRAM, words, { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] });
const directory = temporaryDirectory(), made = name => path.join(directory, name);

/* A process that nobody should trust, and a name that is markup. */
const HOSTILE = 'mmtrace 1\nkmalloc 1 100 @</script><img/src=x/onerror=alert(1)>\npages 2 3 user @"onload=alert(2)\n';

const REPORTS = [
  { name: 'page-in-the-way', trace: () => generate('page-in-the-way', 100000), ram: '80M', strategies: ['brk', 'migrate', 'zoned'], fails: ['brk'] },
  { name: 'boot', trace: () => 'bench/traces/boot_2048.mmb.zst', ram: '70M', strategies: ['brk', 'window'], fails: ['brk', 'window'] },
  { name: 'nothing-fails', trace: () => generate('page-in-the-way', 20000), ram: '128M', strategies: ['zoned', 'jump'], fails: [] },
  { name: 'every-strategy', trace: () => generate('phases', 20000), ram: '128M', strategies: ['window', 'primary', 'brk', 'zoned', 'kseg0', 'jump', 'migrate'], fails: ['window'] },
  { name: 'hostile', trace: writeHostile, ram: '32M', strategies: ['primary'], fails: [] },
];

function generate(profile, events) {
  const file = made(`${profile}-${events}.mmb`);
  mmsim('generate', profile, '--events', String(events), '-o', file);
  return file;
}

function writeHostile() {
  const file = made('hostile.mmt');
  writeFileSync(file, HOSTILE);
  return file;
}

before(openBrowser);
after(closeBrowser);

const number = shown => Number(shown.replace(/[^\d]/g, ''));
const sum = counts => Object.values(counts).reduce((all, count) => all + count, 0);
const goTo = async (page, event) => {
  await page.locator('#slider').fill(String(event));
  await settle(page);
};

/* The kind of each frame before an event, as `mmsim map` says it. */
function framesBefore(trace, report, strategy, event, count) {
  const kinds = new Array(count).fill('device'), lines = mmsim('map', trace, '--strategy', strategy, '--ram', report.ram, '--at', event, '--frames').trim().split('\n');
  for (const line of lines.slice(1)) {
    const [first, last, kind] = line.split('\t');
    kinds.fill(kind, Number(first), Number(last) + 1);
  }
  return kinds;
}

/* The colour of each frame in the map, and how many of the cells on the screen differ from it: what is drawn over them. */
const readMap = (page, index) => page.evaluate(index => {
  const map = window.document.querySelectorAll('.map')[index], hex = data => '#' + [0, 1, 2].map(i => data[i].toString(16).padStart(2, '0')).join('');
  const copy = new OffscreenCanvas(map.width, map.height).getContext('2d', { willReadFrequently: true });
  copy.drawImage(map, 0, 0);
  const { data } = copy.getImageData(0, 0, map.width, map.height), view = pageView(), colours = [];
  for (let frame = 0; frame < view.frames; frame++) {
    const cell = view.cellOf(frame), x = Math.floor(cell.x + cell.width / 2), y = Math.floor(cell.y + cell.height / 2);
    colours.push(hex(data.subarray(4 * (y * map.width + x))));
  }
  return colours;
}, index);

for (const report of REPORTS)
  test(`the report ${report.name} says what compare says, and shows what map shows`, async t => {
    const trace = report.trace(), file = made(`${report.name}.html`);
    mmsim('report', trace, '--ram', report.ram, '--strategies', report.strategies.join(), '--quick', '-o', file);
    const compared = JSON.parse(mmsim('compare', trace, '--ram', report.ram, '--strategies', report.strategies.join(), '--json'));
    const page = await openPage(file);
    await page.evaluate(() => { window.pageView = new Function('return page.memory'); });
    await page.screenshot({ path: path.join(SCREENS, `${report.name}.png`) });
    await checkNumbers(page, report, compared);
    const checked = await checkPixels(page, report, trace);
    t.diagnostic(`${checked.frames} frames compared, ${checked.covered} of them under a line or a label`);
    assert.deepEqual(page.faults, []);
  });

async function checkNumbers(page, report, { runs, events }) {
  assert.ok((await text(page, '#facts')).includes(`${events.toLocaleString('en-US')} events`));
  assert.equal(await page.locator('.state.failing').count(), report.fails.length === 0 ? 0 : 1);
  await goTo(page, events);
  const failedCells = page.locator('#readout tbody tr').first().locator('td'), verdicts = page.locator('.verdict');
  const summary = page.locator('#summary tbody tr').first().locator('td');
  for (const [i, run] of runs.entries()) {
    const failed = sum(run.failures);
    assert.equal(failed > 0, report.fails.includes(run.strategy));
    assert.equal(number(await failedCells.nth(i).innerText()), failed);
    assert.equal(number((await summary.nth(i).innerText()).split('(')[0]), failed);
    assert.equal(await verdicts.nth(i).innerText(), failed ? `${failed.toLocaleString('en-US')} fail, ${(100 * failed / sum(run.requests)).toFixed(1)}\u00a0%` : 'nothing fails');
    const rows = page.locator('#failures tbody tr', { has: page.locator('th', { hasText: run.strategy }) }), byCause = {};
    for (const row of await rows.all()) {
      const cause = await row.locator('code').first().innerText();
      byCause[cause] = (byCause[cause] ?? 0) + number(await row.locator('.number').first().innerText());
    }
    for (const [cause, count] of Object.entries(run.failures_by_cause)) assert.equal(byCause[cause] ?? 0, count, `${run.strategy}, ${cause}`);
  }
}

/* At ten of the moments that were sampled, the map of each strategy is that of another command. */
async function checkPixels(page, report, trace) {
  const { moments, colours, events, frames } = await page.evaluate(() => new Function(`return {
    moments: page.moments, events: page.time.events, frames: page.memory.frames,
    colours: Object.fromEntries(page.kinds.map(kind => [kind.name, kind.light])) }`)());
  const checked = { frames: 0, covered: 0 }, picked = Array.from({ length: MOMENTS }, (_, i) => moments[Math.round(i * (moments.length - 1) / (MOMENTS - 1))]);
  for (const event of new Set(picked)) {
    await goTo(page, event);
    for (const [i, strategy] of report.strategies.entries()) {
      const expected = framesBefore(trace, report, strategy, event >= events ? 'end' : String(event + 1), frames), shown = await readMap(page, i);
      const covered = expected.filter((kind, frame) => colours[kind] !== shown[frame]).length;
      assert.ok(covered < 0.1 * frames, `${covered} of ${frames} frames differ, ${strategy} at event ${event}`);
      const cells = await page.evaluate(i => new Function('i', 'return Array.from(page.runs[i].kinds.state, kind => page.kinds[kind].name)')(i), i);
      assert.deepEqual(cells, expected, `${strategy} at event ${event}`);
      checked.frames += frames;
      checked.covered += covered;
    }
  }
  return checked;
}
