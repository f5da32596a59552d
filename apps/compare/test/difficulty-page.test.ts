import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { writeCell } from '@hashee/difficulty/results';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeDifficultyPage } from '../src/site/write-difficulty-page.js';
import { findChromium } from './find-chromium.js';
import { studyCells } from './study-cells.js';
import { temporaryFolder } from './temporary-folder.js';

const executablePath = findChromium();
const reason = executablePath ? '' : ': skipped, no Chromium on the PATH or in HASHEE_CHROMIUM';
const folder = await temporaryFolder();

test('a folder without results is refused with what makes them', async () => {
  await expect(writeDifficultyPage(join(folder, 'nothing'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('a damaged result is refused with its place', async () => {
  const damaged = await temporaryFolder();
  await writeFile(join(damaged, 'human.seed-1.json'), JSON.stringify({ ...studyCells(1)[0], seed: -1 }));
  await expect(writeDifficultyPage(damaged)).rejects.toThrow(/human\.seed-1\.json.*seed/);
});

describe.skipIf(!executablePath)(`the page of the study in Chromium, from disk${reason}`, () => {
  let browser: Browser;
  let page: Page;
  const errors: string[] = [];

  beforeAll(async () => {
    for (const seed of [1, 2]) for (const cell of studyCells(seed)) await writeCell(folder, cell);
    const path = await writeDifficultyPage(folder);
    browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] });
    page = await browser.newPage({ colorScheme: 'light', viewport: { width: 1000, height: 900 } });
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) errors.push(message.text());
    });
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(pathToFileURL(path).href);
    await page.waitForSelector('body[data-state="ready"]', { timeout: 60_000 });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
  });

  test('has each part with findings, a chart and a table', async () => {
    expect(await page.locator('section h2').allTextContents()).toHaveLength(5);
    expect(await page.locator('.chart svg').count()).toBe(6);
    for (const part of ['human', 'sentence', 'given', 'token', 'exits']) {
      expect(await page.locator(`#${part} .findings li`).count()).toBeGreaterThan(0);
      expect(await page.locator(`#${part} table`).count()).toBeGreaterThan(0);
    }
  });

  test('means and spreads are those of the results', async () => {
    const row = page.locator('#human').getByRole('row', { name: /^2/ });
    expect(await row.textContent()).toContain('56.5 ± 0.7');
    const learned = page.locator('#exits').getByRole('row', { name: /^BERxiT/ });
    expect(await learned.textContent()).toContain('1.0: 41.5 ± 0.7 (50.0 ± 0.0)');
    expect(
      await page
        .locator('#sentence')
        .getByRole('row', { name: /^Linear/ })
        .textContent(),
    ).toContain('+2.0 ± 0.0');
  });

  test('names are texts', async () => {
    expect(await page.locator('#sentence').getByText('Linear <b>').count()).toBeGreaterThan(0);
  });

  test('runs without an error', () => {
    expect(errors).toEqual([]);
  });
});
