/*
 * How fast the page is with three strategies, 4 GiB, 10 million events and 3 million failures, without a GPU. The aims
 * are 2 s until it is ready and 55 frames a second. Machines differ and are busy, so the test prints what it measured,
 * and fails only where the page would be of no use.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { closeBrowser, openBrowser, openPage, PAGE_PARTS, temporaryDirectory } from './browser.mjs';
import { makeReport } from './made.mjs';

const READY_MS_MOST = 40000, FRAMES_A_SECOND_LEAST = 3, FRAMES = 120;
let page, session, startMs;

before(async () => {
  const file = path.join(temporaryDirectory(), 'large.html');
  writeFileSync(file, makeReport(PAGE_PARTS, {
    frames: 1048576, samples: 341, changes: 300, events: 10000000, failures: 3000000, names: ['brk', 'migrate', 'zoned'], withOwners: false,
  }));
  await openBrowser();
  const small = path.join(path.dirname(file), 'small.html');
  writeFileSync(small, makeReport(PAGE_PARTS, { samples: 3 }));
  page = await openPage(small);
  session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const before = await processorMs();
  page = await openPage(file);
  startMs = await processorMs() - before;
});
after(closeBrowser);

/* Processor time of the page's thread so far, in milliseconds. It does not count what else the machine does. */
async function processorMs() {
  const { metrics } = await session.send('Performance.getMetrics');
  return 1000 * metrics.find(metric => metric.name === 'TaskDuration').value;
}

/* Moves the moment once in each frame of the screen, as a pointer does. Returns frames a second and the work of one. */
const scrub = order => page.evaluate(async ([order, count]) => {
  const frame = () => new Promise(requestAnimationFrame), slider = document.getElementById('slider'), work = [];
  const begin = await frame();
  let end = begin, state = 1;
  for (let i = 0; i < count; i++) {
    state = (state * 1103515245 + 12345) % 2147483648;
    slider.value = order === 'random' ? state / 2147483648 * slider.max : i / count * slider.max;
    slider.dispatchEvent(new Event('input'));
    const from = performance.now();
    end = await frame();
    work.push(performance.now() - from);
  }
  work.sort((a, b) => a - b);
  return { rate: 1000 * count / (end - begin), median: work[count / 2] };
}, [order, FRAMES]);

test('a page of 4 GiB and 10 million events gets ready', async t => {
  const ready = Number(await page.evaluate(() => document.documentElement.dataset.ready));
  t.diagnostic(`ready after ${ready} ms; ${startMs.toFixed(0)} ms of processor time`);
  assert.ok(ready < READY_MS_MOST);
  assert.deepEqual(page.faults, []);
});

for (const [order, zoomed] of [['dragged', false], ['random', false], ['dragged', true]])
  test(`the moment can be ${order === 'random' ? 'anywhere' : 'dragged'}${zoomed ? ', zoomed in' : ''}`, async t => {
    for (let i = 0; zoomed && i < 5; i++) await page.locator('#memory-in').click();
    const began = await processorMs(), { rate, median } = await scrub(order), spent = (await processorMs() - began) / FRAMES;
    t.diagnostic(`${rate.toFixed(1)} frames a second; a frame takes ${median.toFixed(1)} ms in the median, ${spent.toFixed(1)} ms of processor time on average`);
    assert.ok(rate > FRAMES_A_SECOND_LEAST);
    assert.deepEqual(page.faults, []);
  });
