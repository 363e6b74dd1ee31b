/*
 * Takes the picture of a report that the README shows. Called by `make figures`, after `make test-page` has fetched
 * what drives the browser.
 *
 *     node screenshot.mjs REPORT.html OUT.png
 */
import { closeBrowser, openBrowser, openPage } from '../../tests/page/browser.mjs';

const [report, out] = process.argv.slice(2);
await openBrowser();
const page = await openPage(report, { width: 1280, height: 980 });
await page.screenshot({ path: out });
await closeBrowser();
