import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { build } from 'esbuild';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tfjs } from '../src/index.js';
import { type PageResult, setup } from './browser/page.js';
import { difference } from './golden-files.js';

const candidates = [
  process.env['HASHEE_CHROMIUM'] ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];
const executablePath = candidates.find((path) => path !== '' && existsSync(path));
if (!executablePath) console.warn('No Chromium found; set HASHEE_CHROMIUM to its path to run the browser tests.');

const TYPES: Readonly<Record<string, string>> = { js: 'text/javascript', wasm: 'application/wasm', html: 'text/html' };

/** Serves the bundle, and the wasm engine's files as their package has them. */
function serve(bundle: string): Server {
  const wasm = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));
  return createServer(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const type = TYPES[path.split('.').at(-1) ?? ''] ?? 'text/html';
    try {
      const page = '<!doctype html><title>Hashee</title><script type="module" src="/page.js"></script>';
      const folder = path.startsWith('/wasm/') ? wasm : bundle;
      const body = path === '/' ? page : await readFile(join(folder, basename(path)));
      response.writeHead(200, { 'content-type': type }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
}

// WebGL without a graphics card compiles every shader in software: half a minute where others compute beside it.
describe.skipIf(!executablePath)('in Chromium', { timeout: 240_000 }, () => {
  let folder = '';
  let server: Server;
  let browser: Browser;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hashee-browser-'));
    await build({
      entryPoints: [join(import.meta.dirname, 'browser/page.ts')],
      outdir: folder,
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'browser',
      conditions: ['@hashee/source'],
      logLevel: 'error',
    });
    server = serve(folder).listen(0, '127.0.0.1');
    browser = await chromium.launch({
      executablePath: executablePath ?? '',
      // Software rendering, so that WebGL is there without a graphics card.
      args: ['--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist'],
    });
  });

  afterAll(async () => {
    await browser?.close();
    server?.close();
    if (folder) await rm(folder, { recursive: true });
  });

  test.each(['wasm', 'webgl'] as const)('%s answers and trains as cpu does in Node', async (engine) => {
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.waitForFunction(() => 'runEngine' in globalThis);
    const result = (await page.evaluate(
      (name) => (globalThis as unknown as { runEngine(engine: string): Promise<unknown> }).runEngine(name),
      engine,
    )) as PageResult;
    expect(problems).toEqual([]);
    expect(result.device).toBe(engine);

    const { checkpoint, batch } = setup();
    const encoder = await tfjs({ engine: 'cpu' }).load(checkpoint);
    const expected = await encoder.forward(batch, { hidden: true });
    await encoder.dispose();
    expect(difference(result.logits, expected.logits)).toBeLessThan(1e-4);
    expect(difference(result.hidden, expected.hidden!)).toBeLessThan(1e-4);
    const labels = expected.labels;
    const kept = [2, 0].flatMap((row) => Array.from(expected.logits.subarray(row * labels, (row + 1) * labels)));
    expect(difference(result.passLogits, kept)).toBeLessThan(1e-4);
    expect(result.losses[2]).toBeLessThan(result.losses[0]);
    const trainer = await tfjs({ engine: 'cpu' }).createTrainer!(checkpoint, {
      seed: 1,
      dropout: 0,
      losses: [{ head: 'main', kind: 'cross-entropy' }],
    });
    for (const loss of result.losses) {
      expect(loss).toBeCloseTo((await trainer.accumulate(batch, { labels: Int32Array.of(0, 1, 2, 0) })).loss, 3);
      await trainer.update({ learningRate: 1e-2 });
    }
    await trainer.dispose();
    expect(result.tensorsLeft).toBe(0);
    await page.close();
  });
});
