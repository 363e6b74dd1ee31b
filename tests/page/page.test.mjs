/* The page in a real browser: a report that is made up, driven as a person would drive it. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { closeBrowser, openBrowser, openPage, PAGE_PARTS, SCREENS, settle, temporaryDirectory, text } from './browser.mjs';
import { makeReport } from './made.mjs';

const HOSTILE = '</script><img src=x onerror=alert(1)>"\'&<b>';
const FIRST = 200001; /* the first failure of a made report */
let plain, hostile;

before(async () => {
  const directory = temporaryDirectory();
  plain = path.join(directory, 'plain.html');
  hostile = path.join(directory, 'hostile.html');
  writeFileSync(plain, makeReport(PAGE_PARTS));
  writeFileSync(hostile, makeReport(PAGE_PARTS, { site: HOSTILE, samples: 20, failures: 3 }));
  await openBrowser();
});
after(closeBrowser);

/* A test with a page of its own, which must stay without faults. */
function pageTest(name, options, body) {
  test(name, async t => {
    const { file = () => plain, ...others } = options, page = await openPage(file(), others);
    await body(page, t);
    assert.deepEqual(page.faults, []);
  });
}

const moment = page => page.evaluate(() => window.location.hash);
const event = async page => Number((await text(page, '#where')).replace(/^event ([\d,]+).*/s, (_, n) => n.replaceAll(',', '')));
const overflow = page => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
const press = async (page, ...keys) => {
  for (const key of keys) await page.keyboard.press(key);
  await settle(page);
};

pageTest('it opens at the failure that something stands in the way of', {}, async page => {
  assert.equal(await event(page), FIRST);
  assert.match(await text(page, '.state.failing'), /kmalloc of 47\.5\sKiB fails/);
  assert.equal(await page.locator('#failures tr.selected').count(), 1);
});

pageTest('a name that is markup stays text', { file: () => hostile }, async page => {
  assert.ok((await text(page, '#headline')).includes('<img src=x onerror=alert(1)>'));
  assert.equal(await page.locator('img').count(), 0);
  await page.locator('.map').first().hover({ position: { x: 100, y: 140 } });
  await page.waitForTimeout(200);
  assert.ok((await text(page, '#failures')).includes('onerror=alert(1)'));
});

pageTest('dragging in a left picture moves the moment', {}, async page => {
  const box = await page.locator('.strip').first().boundingBox();
  await page.mouse.move(box.x + 100, box.y + 60);
  await page.mouse.down();
  for (let x = 100; x <= 300; x += 20) await page.mouse.move(box.x + x, box.y + 60);
  await page.mouse.up();
  await settle(page);
  const expected = (300 - 58) / (box.width - 58) * 400000;
  assert.ok(Math.abs(await event(page) - expected) < 400000 / 200, `${await event(page)}, not ${expected}`);
});

pageTest('the slider moves the moment', {}, async page => {
  await page.locator('#slider').fill('123456');
  await settle(page);
  assert.equal(await event(page), 123456);
});

pageTest('keys step through moments and failures', {}, async page => {
  await press(page, 'End');
  assert.equal(await event(page), 400000);
  await press(page, 'ArrowRight');
  assert.equal(await event(page), 400000);
  await press(page, 'Home', 'ArrowRight');
  assert.equal(await event(page), Math.round(400000 / 120));
  await press(page, 'ArrowLeft');
  assert.equal(await event(page), 0);
  await press(page, 'n');
  assert.equal(await event(page), FIRST);
  await press(page, 'n');
  const second = await event(page);
  assert.ok(second > FIRST);
  await press(page, 'p');
  assert.equal(await event(page), FIRST);
  await press(page, 'p');
  assert.equal(await event(page), FIRST);
  await press(page, ' ');
  await page.waitForFunction(first => Number(document.getElementById('slider').value) > first, FIRST);
  await press(page, ' ');
  const stopped = await event(page);
  await page.waitForTimeout(150);
  assert.equal(await event(page), stopped);
});

pageTest('the failures so far are counted from the marks', {}, async page => {
  await press(page, 'Home');
  assert.match(await text(page, '.state >> nth=0'), /nothing has failed yet/);
  await press(page, 'n', 'n', 'n');
  assert.match(await text(page, '.state >> nth=0'), /3 failed so far/);
  await press(page, 'End');
  assert.match(await text(page, '.state >> nth=0'), /200 failed so far/);
});

pageTest('the pointer over a map finds a frame, its owner and its life', {}, async page => {
  const map = page.locator('.map').first(), box = await map.boundingBox();
  await map.hover({ position: { x: 100, y: box.height - 9.5 * box.height / 80 } });
  await page.waitForFunction(() => document.getElementById('tip').textContent.includes('page_cache'));
  const tip = await text(page, '#tip');
  assert.match(tip, /heap/);
  assert.match(tip, /kmalloc of 100\sB, and perhaps other blocks, by page_cache/);
  assert.match(tip, /since event 7, 199,994 events old/);
  assert.ok(await page.locator('#tip svg rect').count() >= 2);
  await page.mouse.move(5, 5);
  await settle(page);
  assert.equal(await page.locator('#tip').isVisible(), false);
});

pageTest('both pictures zoom to single frames, and the address says so', {}, async page => {
  await page.locator('.map').first().dblclick({ position: { x: 100, y: 120 } });
  await page.locator('#memory-in').click();
  const head = await text(page, '#time-head');
  assert.match(head, /MiB to .*MiB/);
  assert.ok((await text(page, '#map-head')).startsWith(head.replace(/\.$/, '')));
  await press(page, ...new Array(12).fill('+'));
  assert.match(await text(page, '#map-head'), /each row is (32|64)\sKiB/);
  await page.waitForTimeout(500);
  assert.match(await moment(page), /memory=\d+,9/);
  await page.screenshot({ path: path.join(SCREENS, 'zoomed.png') });
  await press(page, '0');
  assert.match(await text(page, '#map-head'), /each row 1\sMiB/);
});

pageTest('the wheel zooms with ctrl, and scrolls without', {}, async page => {
  const strip = await page.locator('.strip').first().boundingBox();
  await page.mouse.move(strip.x + 300, strip.y + 50);
  await page.mouse.wheel(0, 200);
  await page.waitForFunction(() => scrollY > 0);
  assert.equal(await page.locator('#time-out').isDisabled(), true);
  await page.keyboard.down('Control');
  await page.mouse.wheel(0, -200);
  await page.keyboard.up('Control');
  await page.waitForFunction(() => !document.getElementById('time-out').disabled);
});

pageTest('a link of the story and a row of the table jump, and the address leads back', {}, async page => {
  await press(page, 'Home');
  await page.locator('#story a').first().click();
  await settle(page);
  assert.equal(await event(page), FIRST);
  await press(page, 'End');
  await page.locator('#failures tbody tr td:nth-child(6)').click();
  await settle(page);
  assert.equal(await event(page), FIRST);
  await page.waitForTimeout(500);
  const hash = await moment(page);
  assert.equal(hash, `#event=${FIRST}&strategy=brk`);
  await page.evaluate(() => { window.location.hash = '#event=5000&memory=4096,2&time=1000,9000'; });
  await page.waitForFunction(() => document.getElementById('where').textContent.startsWith('event 5,000'));
  assert.match(await text(page, '#map-head'), /^16\sMiB to/);
});

test('an address that names a moment opens there; nonsense is ignored', async () => {
  for (const [hash, expected] of [['#event=77', 77], ['#event=1e99', 400000], ['#event=-5', 0], ['#event=3&memory=x,y&time=9,1', 3], ['#nonsense', FIRST]]) {
    const page = await openPage(plain, { hash });
    assert.equal(await event(page), expected, hash);
    assert.deepEqual(page.faults, []);
  }
});

pageTest('a map can be read by keyboard, and speaks', {}, async page => {
  await page.locator('.map').first().focus();
  await press(page, 'ArrowRight', 'ArrowUp');
  await page.waitForFunction(() => /Frame 0x/.test(document.getElementById('announcement').textContent));
  assert.ok(await page.locator('#tip').isVisible());
  assert.match(await page.locator('.map').first().getAttribute('aria-label'), /brk at event 200,001.*heap spans 4.MiB to/);
  await press(page, 'Escape');
  assert.equal(await page.locator('#tip').isVisible(), false);
  for (const selector of ['button', 'input', 'select', 'canvas.strip', 'canvas.map'])
    for (const node of await page.locator(selector).all()) {
      const name = await node.evaluate(one => one.getAttribute('aria-label') || one.textContent.trim() || one.closest('label')?.textContent.trim());
      assert.ok(name, `a ${selector} has no name`);
    }
});

pageTest('tab leads through the page in the order of reading', {}, async page => {
  const seen = [];
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press('Tab');
    seen.push(await page.evaluate(() => [document.activeElement.id || document.activeElement.className || document.activeElement.tagName, document.activeElement.getBoundingClientRect().height > 0]));
  }
  const ids = seen.map(([id]) => id);
  assert.ok(seen.every(([, visible]) => visible));
  for (const [one, next] of [['memory-in', 'patterns'], ['patterns', 'map'], ['map', 'slider'], ['slider', 'failure-after']])
    assert.ok(ids.indexOf(one) >= 0 && ids.indexOf(one) < ids.indexOf(next), `${one} comes before ${next}: ${ids}`);
});

pageTest('a kind in the legend dims the others', {}, async page => {
  const corner = () => page.evaluate(() => {
    const copy = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
    copy.drawImage(document.querySelector('.map'), -300, -158);
    return Array.from(copy.getImageData(0, 0, 1, 1).data);
  });
  const grey = await corner();
  await page.locator('#legend button', { hasText: 'user pages' }).click();
  await settle(page);
  assert.notDeepEqual(await corner(), grey);
  await page.locator('#legend button', { hasText: 'user pages' }).click();
  await settle(page);
  assert.deepEqual(await corner(), grey);
});

pageTest('the selects choose the order and the zone of the time lines', {}, async page => {
  await page.locator('#chosen-order').selectOption('10');
  await page.locator('#chosen-zone').selectOption('0');
  const names = await page.locator('#readout th[scope=row]').allInnerTexts();
  assert.ok(names.some(name => /unusable for 4\sMiB/.test(name)) && names.includes('free in DMA'), names.join());
  assert.ok(await page.locator('.uplot').count() >= 5);
});

for (const [name, width, height, options] of [['desktop', 1280, 720, {}], ['dark', 1280, 720, { dark: true }], ['tablet', 800, 1000, {}], ['phone', 390, 844, { touch: true }]])
  pageTest(`nothing overflows at ${width} x ${height}, ${name}`, { width, height, ...options }, async page => {
    assert.ok(await overflow(page) <= 0);
    await page.evaluate(() => document.getElementById('stage').scrollIntoView());
    await page.screenshot({ path: path.join(SCREENS, `made-${name}.png`) });
    for (const wide of [500, 1600, width]) {
      await page.setViewportSize({ width: wide, height });
      await settle(page);
      assert.ok(await overflow(page) <= 0, `at ${wide}`);
    }
  });

pageTest('two fingers zoom a map, one moves the moment', { width: 390, height: 844, touch: true }, async page => {
  await page.evaluate(() => document.querySelector('.map').scrollIntoView({ block: 'center' }));
  const box = await page.locator('.map').first().boundingBox(), session = await page.context().newCDPSession(page);
  const touch = (type, ...points) => session.send('Input.dispatchTouchEvent', { type, touchPoints: points.map(([x, y], id) => ({ x: box.x + x, y: box.y + y, id })) });
  await touch('touchStart', [60, 60], [60, 80]);
  await touch('touchMove', [60, 20], [60, 120]);
  await touch('touchEnd');
  await settle(page);
  assert.match(await text(page, '#map-head'), / to /);
});

pageTest('patterns and large maps can be chosen', {}, async page => {
  await page.locator('#patterns').check();
  await page.locator('#large').click();
  await settle(page);
  assert.ok(await overflow(page) <= 0);
  await page.screenshot({ path: path.join(SCREENS, 'made-patterns.png') });
  await press(page, 'l');
  assert.equal(await page.locator('#large').getAttribute('aria-pressed'), 'false');
});

pageTest('paper gets the light page without its buttons', { dark: true }, async page => {
  await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
  await page.emulateMedia({ media: 'print' });
  assert.equal(await page.locator('.tools').isVisible(), false);
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'light');
  await page.screenshot({ path: path.join(SCREENS, 'made-print.png'), fullPage: true });
  const pdf = await page.pdf();
  assert.ok(pdf.length > 10000);
  await page.evaluate(() => dispatchEvent(new Event('afterprint')));
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
});
