import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadModel } from '@hashee/checkpoint';
import { directory } from '@hashee/model-sst2';
import { pipeline } from '@hashee/pipeline';
import { onnx } from '@hashee/runtime-onnx';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildSite, type RunningSite, serveSite } from '../src/index.js';
import { findChromium } from './find-chromium.js';

const executablePath = findChromium();
const reason = executablePath ? '' : ': skipped, no Chromium on the PATH or in HASHEE_CHROMIUM';

describe.skipIf(!executablePath)(`the page in Chromium${reason}`, () => {
  let folder: string;
  let site: RunningSite;
  let browser: Browser;
  let page: Page;
  const errors: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hashee-page-test-'));
    await buildSite(folder);
    site = await serveSite(folder);
    browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] });
    page = await browser.newPage({ viewport: { width: 900, height: 1100 } });
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(site.url);
    await ready();
  }, 300_000);
  afterAll(async () => {
    await browser?.close();
    await site?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const ready = (): Promise<unknown> => page.waitForSelector('body[data-state="ready"]', { timeout: 120_000 });
  const answers = async (): Promise<number> => Number(await page.locator('body').getAttribute('data-answers'));
  const text = async (id: string): Promise<string> => (await page.locator(`#${id}`).textContent()) ?? '';

  test('both graphs of a dtype share one file of weights', async () => {
    for (const dtype of ['q8', 'fp32']) {
      const weights = await readFile(join(folder, 'model', `weights-${dtype}.bin`));
      for (const kind of ['exits', 'dense']) {
        const graph = await readFile(join(folder, 'model', `${kind}-${dtype}.onnx`));
        expect(graph.includes(`weights-${dtype}.bin`)).toBe(true);
        expect(graph.length).toBeLessThan(weights.length / 10);
      }
    }
  });

  test('answers what the runtime answers, by keyboard alone', async () => {
    const classify = await pipeline('text-classification', await loadModel(directory), {
      backend: onnx({ threads: 1 }),
    });
    for (const sentence of [
      'A gorgeous, witty, seductive movie.',
      'Two hours of my life that I will never get back.',
    ]) {
      await page.locator('#text').focus();
      await page.keyboard.press('Control+A');
      await page.keyboard.type(sentence);
      const before = await answers();
      await page.keyboard.press('Control+Enter');
      await expect.poll(answers, { timeout: 60_000 }).toBeGreaterThan(before);
      const expected = await classify(sentence);
      expect(await text('label')).toBe(expected.label);
      // 8-bit against 32-bit: a few percent apart.
      expect(Math.abs(Number.parseFloat(await text('score')) - 100 * expected.score)).toBeLessThan(10);
      for (const side of ['exits', 'dense']) {
        expect(await text(`${side}-time`)).toMatch(/^\d+\.\d ms$/);
        expect(await text(`${side}-answer`)).toMatch(/^(positive|negative), \d+\.\d %$/);
      }
    }
    await classify.dispose();
  });

  test('colours every word by the layer where it leaves', async () => {
    await page.locator('#text').fill('The actors are superb.');
    await page.keyboard.press('Control+Enter');
    const { tokenizer, exitTable } = await loadModel(directory);
    const ids = Array.from(tokenizer.encode('The actors are superb.').inputIds).slice(1, -1);
    await expect
      .poll(() => page.locator('#words .piece').evaluateAll((nodes) => nodes.map((node) => node.dataset['layer'])))
      .toEqual(ids.map((id) => String(exitTable!.exitLayer[id])));
    const colours = await page
      .locator('#words .piece')
      .evaluateAll((nodes) =>
        nodes.map((node) => `${node.dataset['layer']} ${getComputedStyle(node).backgroundColor}`),
      );
    expect(new Set(colours).size).toBe(new Set(ids.map((id) => exitTable!.exitLayer[id])).size);
    expect(await page.locator('#legend li').count()).toBe(exitTable!.layers);
    await ready();
  });

  test('every control is reached with the Tab key, and examples run with Enter', async () => {
    await page.locator('#text').focus();
    const reached: string[] = [];
    for (let i = 0; i < 4; i++) {
      await page.keyboard.press('Tab');
      reached.push(await page.evaluate(() => document.activeElement?.textContent?.trim().slice(0, 12) ?? ''));
    }
    expect(reached).toEqual(expect.arrayContaining(['Classify', 'A gorgeous, ', 'Two hours of']));
    await page.locator('#examples button').nth(2).focus();
    const before = await answers();
    await page.keyboard.press('Enter');
    await expect.poll(answers, { timeout: 60_000 }).toBeGreaterThan(before);
    expect(await page.locator('#text').inputValue()).toBe("It's slow, it's long, and I loved every minute of it.");
  });

  test.each(['light', 'dark'] as const)('words can be read in %s', async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    const contrasts = await page.locator('#words .piece, #status, #hint, button').evaluateAll((nodes) => {
      const channels = (colour: string): number[] => {
        const canvas = document.createElement('canvas').getContext('2d')!;
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        return Array.from(canvas.getImageData(0, 0, 1, 1).data);
      };
      const luminance = (colour: string): number => {
        const [r, g, b] = channels(colour).map((value) =>
          value <= 10 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4,
        );
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      return nodes.map((node) => {
        let behind: Element | null = node;
        while (behind && channels(getComputedStyle(behind).backgroundColor)[3] === 0) behind = behind.parentElement;
        const [high, low] = [getComputedStyle(node).color, getComputedStyle(behind ?? document.body).backgroundColor]
          .map(luminance)
          .sort((a, b) => b - a);
        return (high + 0.05) / (low + 0.05);
      });
    });
    expect(Math.min(...contrasts)).toBeGreaterThan(4.5);
    const picture = process.env['HASHEE_SCREENSHOTS'];
    if (picture) await page.screenshot({ path: join(picture, `page-${colorScheme}.png`), fullPage: true });
  });

  test('no error was written to the console', () => {
    expect(errors).toEqual([]);
  });
});
