import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writePage } from '../src/site/write-page.js';
import { comparisonOf, exampleCells } from './cell.js';
import { findChromium } from './find-chromium.js';
import { temporaryFolder } from './temporary-folder.js';

const executablePath = findChromium();
const reason = executablePath ? '' : ': skipped, no Chromium on the PATH or in HASHEE_CHROMIUM';
const folder = await temporaryFolder();
const title = 'Results </script><script>window.broken = true</script>';

describe.skipIf(!executablePath)(`the page in Chromium, from disk${reason}`, () => {
  let browser: Browser;
  let page: Page;
  const errors: string[] = [];
  const ready = (): Promise<unknown> => page.waitForSelector('body[data-state="ready"]', { timeout: 60_000 });

  beforeAll(async () => {
    const path = await writePage(folder, comparisonOf(exampleCells(), title));
    expect(path).toBe(join(folder, 'index.html'));
    browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] });
    page = await browser.newPage({ colorScheme: 'light', viewport: { width: 1000, height: 900 } });
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) errors.push(message.text());
    });
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(pathToFileURL(path).href);
    await ready();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
  });

  test('shows the title as text, whatever is in it', async () => {
    expect(await page.title()).toBe(title);
    expect(await page.locator('h1').textContent()).toBe(title);
    expect(await page.evaluate(() => 'broken' in window)).toBe(false);
  });

  test('has the table, the curve, the clock, the hashes and the words', async () => {
    const table = page.getByRole('table', { name: /score in per cent/ });
    expect(await table.getByRole('row', { name: /^hashee-frequency/ }).textContent()).toContain('88.0 ± 0.3 (2.00x)');
    expect(await table.getByRole('row', { name: /^deebert/ }).textContent()).toContain('too slow');
    expect(await page.locator('.chart svg').count()).toBe(4);
    expect(await page.getByText('"ELUE": mean distance in points').isVisible()).toBe(true);
    expect(await page.getByRole('img', { name: /score against counted speed-up/ }).isVisible()).toBe(true);
    const words = page.locator('.sentences .piece');
    expect(await words.allTextContents()).toEqual(['[CLS]6', 'a1', 'film2', 's3', '[SEP]6']);
    const colours = await words.evaluateAll((pieces) => pieces.map((piece) => getComputedStyle(piece).backgroundColor));
    expect(new Set(colours).size).toBe(4);
    expect(await page.getByText('is ahead of first-layers; behind deebert.').count()).toBe(1);
  });

  test('is used by keyboard: the first stop skips to the results, a space takes a method out of the charts', async () => {
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the results');
    const marks = page.locator('#sst-2 figure').first().locator('.mark-symbol path');
    const before = await marks.count();
    await page.getByRole('checkbox', { name: 'deebert' }).focus();
    await page.keyboard.press('Space');
    await ready();
    await expect.poll(() => marks.count()).toBe(before - 2);
    await page.getByRole('combobox').focus();
    await page.keyboard.press('ArrowDown');
    expect(await page.locator('.sentences .piece').count()).toBe(5);
  });

  test('is readable in light, dark and print without being drawn again', async () => {
    const ink = () =>
      page
        .locator('.chart svg text')
        .first()
        .evaluate((text) => getComputedStyle(text).fill);
    const light = await ink();
    await page.emulateMedia({ colorScheme: 'dark' });
    const dark = await ink();
    expect(dark).not.toBe(light);
    await page.emulateMedia({ colorScheme: 'dark', media: 'print' });
    expect(await ink()).toBe(light);
    await page.emulateMedia({ colorScheme: 'light', media: 'screen' });
  });

  test('prints whose words are shown, where the screen has a menu', async () => {
    const [menu, printed] = [page.getByRole('combobox'), page.locator('.printed')];
    await menu.selectOption({ label: 'hashee-frequency, 2x' });
    expect([await menu.isVisible(), await printed.isVisible()]).toEqual([true, false]);
    await menu.selectOption({ label: 'hashee-frequency, 3x' });
    await page.emulateMedia({ media: 'print' });
    expect([await page.locator('select').isVisible(), await printed.isVisible()]).toEqual([false, true]);
    expect(await printed.textContent()).toBe('hashee-frequency, 3x');
    await page.emulateMedia({ media: 'screen' });
  });

  test('fits a telephone', async () => {
    await page.setViewportSize({ width: 390, height: 800 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  });

  test('leaves the console free of errors', () => {
    expect(errors).toEqual([]);
  });
});
