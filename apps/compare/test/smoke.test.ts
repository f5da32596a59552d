import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { onnx } from '@hashee/runtime-onnx';
import { Interrupted } from '@hashee/terminal';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseComparison, runCompare } from '../src/index.js';
import { writeEncoderFolder } from './encoder-folder.js';
import { writeTaskFiles } from './task-files.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = await temporaryFolder();
const [encoder, data, work, output] = ['encoder', 'data', 'work', 'out'].map((name) => join(folder, name));
const grid = 'grids/smoke.json';
const where = ['--encoder', encoder, '--data', data, '-w', work, '-o', output];

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const command = ['--conditions=@hashee/source', '--import', 'tsx', main];

function sink(onText: (text: string) => void = () => {}): { stream: Writable; text: () => string } {
  let text = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      onText(String(chunk));
      done();
    },
  });
  return { stream, text: () => text };
}

/** Runs the command; `stopAt` interrupts it when stderr says so. */
async function compare(
  words: readonly string[],
  stopAt?: RegExp,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const controller = new AbortController();
  const stdout = sink();
  const stderr = sink((text) => {
    if (stopAt?.test(text)) controller.abort(new Interrupted());
  });
  const code = await runCompare(words, {
    stdout: stdout.stream,
    stderr: stderr.stream,
    env: {},
    signal: controller.signal,
    createBackend: async (threads) => onnx({ threads }),
  });
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

const cells = async (): Promise<string[]> => (await readdir(join(output, 'cells')).catch(() => [])).sort();

beforeAll(async () => {
  await writeEncoderFolder(encoder);
  await writeTaskFiles(data);
});

describe('the smoke grid, with a tiny encoder', () => {
  test('is planned', async () => {
    const { code, stdout } = await compare(['plan', grid, ...where]);
    expect(code).toBe(0);
    expect(stdout).toContain('mrpc.elasticbert-patience.seed-1');
    expect(stdout).toMatch(/9 cells, 9 to make, about .*\n$/);
  });

  test.each([
    ['--tasks', 'sst-2,mprc', '"mprc". It has sst-2, mrpc.'],
    ['--methods', 'dense,hashee-frequancy,deebart', '"hashee-frequancy", "deebart". It has dense, hashee-frequency,'],
    ['--seeds', '1,2', '"2". It has 1.'],
  ])('refuses names that the grid lacks beside those that it has: %s %s', async (option, names, expected) => {
    const { code, stdout, stderr } = await compare(['plan', grid, ...where, option, names]);
    expect(stderr).toContain(`${option}: the grid lacks ${expected}`);
    expect([code, stdout]).toEqual([2, '']);
  });

  test('survives kill -9 in the middle of a cell: that one is lost, finished ones stay', async () => {
    const child = spawn(process.execPath, [...command, 'run', grid, ...where], { stdio: ['ignore', 'ignore', 'pipe'] });
    const closed = once(child, 'close');
    let stderr = '';
    for await (const text of child.stderr) {
      stderr += text;
      // The third cell has begun: two are finished.
      if (!/^\[3\/9, .*\] sst-2\.hashee-random-inconsistent/m.test(stderr)) continue;
      child.kill('SIGKILL');
      break;
    }
    const [, signal] = await closed;
    expect(signal).toBe('SIGKILL');
    const finished = ['sst-2.dense.seed-1.json', 'sst-2.hashee-frequency.2x.seed-1.json'];
    expect((await cells()).filter((name) => name.endsWith('.json'))).toEqual(finished);
    const { stdout } = await compare(['plan', grid, ...where]);
    expect(stdout.match(/ done in /g)).toHaveLength(2);
    expect(stdout).toContain('9 cells, 7 to make');
  });

  test('goes on after that and after Ctrl-C, without making a cell twice', async () => {
    const done = (await cells()).filter((name) => name.endsWith('.json'));
    const times = await Promise.all(done.map(async (name) => (await stat(join(output, 'cells', name))).mtimeMs));
    const first = await compare(['run', grid, ...where], /mrpc\.deebert/);
    expect(first.code).toBe(130);
    expect(first.stderr).toContain('the same command goes on');
    for (const name of done) expect(first.stderr).not.toContain(`] ${name.replace('.json', '')}`);
    expect(first.stderr).toContain('] sst-2.hashee-random-inconsistent');

    const second = await compare(['run', grid, ...where]);
    expect(second.stderr).not.toContain('] sst-2.dense');
    expect(second).toMatchObject({ code: 0, stdout: `9 of 9 cells in ${output}\n` });
    expect(await Promise.all(done.map(async (name) => (await stat(join(output, 'cells', name))).mtimeMs))).toEqual(
      times,
    );
    const third = await compare(['plan', grid, ...where]);
    expect(third.stdout).toMatch(/9 cells, 0 to make\n$/);
  });

  test('keeps sound results: counts that hold, times, sentences with a layer for each token', async () => {
    const path = join(output, 'results.json');
    const comparison = parseComparison(JSON.parse(await readFile(path, 'utf8')), path);
    expect(comparison.cells).toHaveLength(9);
    for (const cell of comparison.cells) {
      for (const point of cell.chosen) {
        if (point.reached && cell.family !== 'dense') expect(point.speedup).toBeGreaterThanOrEqual(0.98 * point.target);
        expect(point.latency?.map(({ batchSize }) => batchSize)).toEqual([1, 4]);
      }
      for (const { tokens, layers } of cell.sentences ?? []) expect(layers).toHaveLength(tokens.length);
    }
    const hash = comparison.cells.find(({ method }) => method === 'hashee-frequency');
    expect(hash?.tokensByLayer?.reduce((sum, count) => sum + count, 0)).toBe(hash?.data.devTokens);
    expect(hash?.sentences?.[0].tokens[0]).toBe('[CLS]');
    // Only dense trainings are left.
    expect(await readdir(join(work, 'runs'))).toEqual([]);
    expect(await readdir(join(work, 'dense'))).toHaveLength(2);
  });

  test('gives the same numbers when a single cell is made again', async () => {
    // The data of its task will do.
    await cp(join(data, 'sst-2'), join(folder, 'only', 'sst-2'), { recursive: true });
    const { code, stdout, stderr } = await compare([
      ...['cell', grid, 'sst-2.deebert.seed-1', ...where],
      ...['--data', join(folder, 'only')],
    ]);
    expect(stdout, stderr).toMatch(/^2x.*, the same\n$/);
    expect(code).toBe(0);
  });

  test('trains the dense model anew for --fresh, and leaves the kept one alone', async () => {
    const [kept] = (await readdir(join(work, 'dense'))).filter((name) => name.startsWith('sst-2'));
    const checkpoint = join(work, 'dense', kept, 'dense', 'checkpoint.safetensors');
    const before = await stat(checkpoint);
    const again = (...more: string[]) => compare(['cell', grid, 'sst-2.dense.seed-1', '--fresh', ...more, ...where]);
    const { code, stdout } = await again();
    expect(stdout).toMatch(/^1x.*, the same\n$/);
    expect(code).toBe(0);
    expect((await stat(checkpoint)).mtimeMs).toBe(before.mtimeMs);
    expect((await again('--keep')).code).toBe(0);
    expect((await stat(checkpoint)).mtimeMs).toBeGreaterThan(before.mtimeMs);
    expect((await readdir(work)).filter((name) => name.startsWith('fresh-'))).toEqual([]);
  });

  test('leaves alone what other cells need that are still to be made', async () => {
    const other = join(folder, 'shared.json');
    const changed = JSON.parse(await readFile(grid, 'utf8'));
    const methods = ['dense', { name: 'hashee-frequency', targets: [2, 3] }];
    await writeFile(other, JSON.stringify({ ...changed, tasks: [changed.tasks[0]], methods, keepModels: false }));
    const place = [...where.slice(0, -1), join(folder, 'shared')];
    const trainings = async (): Promise<string[]> => {
      const runs = join(work, 'runs');
      const [name] = await readdir(runs);
      return name === undefined ? [] : (await readdir(join(runs, name))).sort();
    };
    const cell = (speed: number, ...more: string[]) =>
      compare(['cell', other, `sst-2.hashee-frequency.${speed}x.seed-1`, ...place, ...more]);
    // Nothing is made yet: the other one is trained in the same folder.
    expect((await cell(2)).code).toBe(0);
    expect(await trainings()).toEqual(['exits-2']);
    // As an interrupted training leaves it.
    const [name] = await readdir(join(work, 'runs'));
    await mkdir(join(work, 'runs', name, 'exits-3'));
    expect((await cell(2)).code).toBe(0);
    expect((await cell(2, '--fresh')).code).toBe(0);
    expect(await trainings()).toEqual(['exits-2', 'exits-3']);
    expect((await cell(2, '--fresh', '--keep')).code).toBe(0);
    expect(await trainings()).toEqual(['exits-2', 'exits-3']);
    // The last one that needs it takes it away.
    expect((await cell(3)).code).toBe(0);
    expect(await trainings()).toEqual([]);
  });

  test('takes results of other settings for stale', async () => {
    const other = join(folder, 'smoke.json');
    const changed = JSON.parse(await readFile(grid, 'utf8'));
    await writeFile(other, JSON.stringify({ ...changed, recipe: { ...changed.recipe, learningRate: 1e-3 } }));
    const { stdout } = await compare(['plan', other, ...where]);
    expect(stdout).toMatch(/sst-2\.dense\.seed-1 .*as its result is of other settings/);
    expect(stdout).toContain('9 cells, 9 to make');
  });

  test('is reported in tables and plots', async () => {
    const { code, stdout } = await compare(['report', output, '--no-page']);
    expect(code).toBe(0);
    expect(stdout.trim().split('\n')).toHaveLength(5);
    expect(await readFile(join(output, 'README.md'), 'utf8')).toContain('| HashEE (frequency)');
    expect(await readFile(join(output, 'plots/sst-2.curve.svg'), 'utf8')).toMatch(/^<svg/);
  });
});

test('ends quietly when nobody reads its output any more', async () => {
  const child = spawn(process.execPath, [...command, 'plan', grid, ...where], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  let stderr = '';
  for await (const text of child.stderr) stderr += text;
  if (child.exitCode === null) await once(child, 'close');
  expect([child.exitCode, stderr]).toEqual([0, '']);
});

test('what is typed wrong ends with 2, what is missing with 1', async () => {
  const noData = await compare(['plan', grid, '--encoder', encoder]);
  expect(noData).toMatchObject({ code: 2, stderr: expect.stringContaining('Where is the data? --data, or') });
  expect((await compare(['plan', 'no-such.json', ...where])).code).toBe(1);
  expect(await compare(['cell', grid, 'no-such-cell', ...where])).toMatchObject({
    ...{ code: 2, stderr: expect.stringContaining('no cell no-such-cell') },
  });
  expect((await compare(['run'])).code).toBe(2);
  expect((await compare(['report', join(folder, 'nothing')])).code).toBe(1);
});

test('a missing encoder and missing data say how to get them, without a stack', async () => {
  const nowhere = join(folder, 'nowhere');
  const child = spawn(process.execPath, [...command, 'plan', grid, '--data', data, '--encoder', nowhere]);
  let stderr = '';
  for await (const text of child.stderr) stderr += text;
  if (child.exitCode === null) await once(child, 'close');
  expect([child.exitCode, stderr.trim().split('\n')]).toEqual([1, [expect.any(String)]]);
  expect(stderr).toContain(`There is no pretrained encoder in ${nowhere}.`);
  expect(stderr).toContain('python3 tooling/fetch-pretrained/fetch.py');

  for (const [folderName, missing] of [
    [nowhere, 'has no folder "sst-2"'],
    [encoder, 'has no folder "sst-2"'],
  ])
    expect(await compare(['plan', grid, '--encoder', encoder, '--data', folderName])).toMatchObject({
      ...{ code: 1, stdout: '' },
      stderr: expect.stringMatching(new RegExp(`${missing}\\. --data, or the variable HASHEE_DATA, .*train\\.tsv`)),
    });
  const found = { ...JSON.parse(await readFile(grid, 'utf8')), tasks: [{ name: 'sst-2', dense: { 1: 'nowhere' } }] };
  found.methods = ['dense', 'deebert'];
  await writeFile(join(folder, 'found.json'), JSON.stringify(found));
  expect((await compare(['plan', join(folder, 'found.json'), ...where])).stderr).toContain(
    `There is no dense model in ${nowhere}, where the grid has one for sst-2, seed 1.`,
  );
  await mkdir(join(folder, 'half', 'sst-2'), { recursive: true });
  expect((await compare(['plan', grid, '--encoder', encoder, '--data', join(folder, 'half')])).stderr).toMatch(
    /no train file.*--data, or the variable HASHEE_DATA/,
  );
});
