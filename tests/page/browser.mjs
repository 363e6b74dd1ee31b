/* Opens a page from a file in Debian's Chromium, without a GPU, and collects what must not happen. */
import { createRequire } from 'node:module';
import { mkdtempSync } from 'node:fs';
import path from 'node:path';

const BUILD = process.env.BUILD ?? 'build';
export const PAGE_PARTS = path.resolve(BUILD, 'page');
export const SCREENS = PAGE_PARTS;
const { chromium } = createRequire(path.resolve(BUILD, 'page-tests') + '/')('playwright-core');

let browser;
export async function openBrowser() {
  browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}

export async function closeBrowser() {
  await browser.close();
}

/* `faults` gets each message of the console, each error and each request that is not for the file itself. */
export async function openPage(file, { hash = '', ...options } = {}) {
  const page = await freshPage(options);
  page.faults.length = 0;
  await page.goto(`file://${path.resolve(file)}${hash}`);
  await page.waitForFunction(() => document.documentElement.dataset.ready, null, { timeout: 60000 });
  return page;
}

/* Starting a renderer takes longer than a test: a page is used again for each set of options. */
const pages = new Map();
async function freshPage(options) {
  const key = JSON.stringify(options), { width = 1280, height = 720, dark = false, touch = false } = options;
  if (pages.has(key)) {
    const used = pages.get(key);
    await used.setViewportSize({ width, height });
    await used.emulateMedia({ media: 'screen' });
    await used.goto('about:blank');
    return used;
  }
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: dark ? 'dark' : 'light', hasTouch: touch, reducedMotion: 'reduce' });
  const page = await context.newPage();
  pages.set(key, page);
  page.faults = [];
  page.on('console', message => page.faults.push(`console: ${message.text()}`));
  page.on('pageerror', error => page.faults.push(error.stack));
  page.on('request', request => {
    if (!/^(file|data|blob):/.test(request.url())) page.faults.push(`request: ${request.url()}`);
  });
  page.on('dialog', dialog => {
    page.faults.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  return page;
}

/* Ends when what was asked for has been drawn. */
export const settle = page => page.evaluate(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))));

export const text = (page, selector) => page.locator(selector).innerText();

export const temporaryDirectory = () => mkdtempSync(path.join(path.resolve(BUILD), 'page-tests', 'made-'));
