import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parsePeersReport, runBench } from '../src/index.js';
import { createProgram } from '../src/program.js';
import { reportLines } from '../src/report/report-lines.js';
import { bundleWorker } from './bundled-worker.js';
import { temporaryFolder } from './temporary-folder.js';
import { writeTexts, writeTinyModel } from './tiny-model.js';

const folder = await temporaryFolder();
const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
const commands = [...readme.matchAll(/^npm run -s bench -- (.*?)(?:\s+#.*)?$/gm)].map(([, words]) =>
  words.split(/\s+/),
);

// Sources need a loader in processes and threads of their own.
const tsx = createRequire(import.meta.url).resolve('tsx');
const execArgv = ['--conditions=@hashee/source', '--import', tsx];
const { program: poolWorker, remove } = await bundleWorker();
afterAll(remove);

async function run(...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const signal = new AbortController().signal;
  const code = await runBench(words, { stdout, stderr, env: {}, signal, execArgv, poolWorker });
  return { code, stdout: String(stdout.read() ?? ''), stderr: String(stderr.read() ?? '') };
}

const tiny = ['--model', join(folder, 'model'), '--data', folder, '--cache', join(folder, 'cache'), '--quiet'];
const short = ['--limit', '16', '--rounds', '2', '--batch-size', '8'];

beforeAll(async () => {
  await writeTinyModel(join(folder, 'model'));
  await writeTexts(folder, 64);
});

test("the README's first command, on a small model: two rows, tables, JSON and a chart", async () => {
  const output = join(folder, 'speed.json');
  const chart = join(folder, 'speed.svg');
  const rows = ['--rows', 'onnxruntime-fp32,hashee-fp32,dense-fp32'];
  const files = ['--output', output, '--chart', chart];
  const { code, stdout, stderr } = await run(...commands[0], ...tiny, ...short, ...rows, ...files, '--no-fresh');
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^\| onnxruntime-fp32/m);
  const report = parsePeersReport(JSON.parse(await readFile(output, 'utf8')));
  const [cell] = report.cells;
  expect(cell.rows.map(({ row }) => row)).toEqual(['dense-fp32', 'hashee-fp32', 'onnxruntime-fp32']);
  expect(['dense-fp32', 'onnxruntime-fp32']).toContain(cell.bestDense.fp32);
  expect(cell.exitLayerSpeedup).toBeCloseTo(4 / cell.meanExitLayer, 10);
  for (const { answers, overDense, rounds } of cell.rows) {
    expect(answers.equal).toBe(1);
    expect(answers.scoreDifference).toBeLessThan(1e-4);
    expect(overDense.fp32?.pairs).toBe(2 * cell.turns);
    expect(rounds).toHaveLength(2);
  }
  // Two rounds of fewer than three turns: too few pairs for an interval.
  expect(cell.turns).toBeLessThan(3);
  expect(cell.rows[1].overDense.fp32).not.toHaveProperty('low');
  expect(stdout).not.toMatch(/x \(\d/);
  const [dense, exits] = cell.rows;
  expect(exits.counted ?? 0).toBeGreaterThan(dense.counted ?? 9);
  expect(await readFile(chart, 'utf8')).toMatch(/^<svg[\s\S]*hashee-fp32/);
});

test('a peer in a worker thread, and in a fresh process', async () => {
  const rows = ['--rows', 'onnxruntime-fp32', '--threads', '0', '--workers', '1', '--order', 'unsorted'];
  const { code, stdout, stderr } = await run(...tiny, ...short, ...rows, '--json');
  expect([code, stderr]).toEqual([0, '']);
  const { cells, fresh } = parsePeersReport(JSON.parse(stdout));
  expect(cells).toMatchObject([{ workers: 1, order: 'unsorted', rows: [{ answers: { equal: 1 } }] }]);
  expect(fresh).toMatchObject([{ row: 'onnxruntime-fp32' }]);
  expect(fresh[0].peakMemoryBytes).toBeGreaterThan(30 * 2 ** 20);
});

test('what a row needs and is not there is said in the report', async () => {
  const rows = ['--rows', 'dense-fp32,pytorch-fp32,transformers-q8', '--what', 'tokens'];
  const missing = ['--python', join(folder, 'no-python'), '--no-fresh', '--json'];
  const { code, stdout } = await run(...tiny, ...short, ...rows, ...missing);
  expect(code).toBe(0);
  const { cells, freshSkipped } = parsePeersReport(JSON.parse(stdout));
  const [{ skipped }] = cells;
  expect(freshSkipped).toEqual([]);
  expect(skipped).toMatchObject([
    { row: 'transformers-q8', reason: expect.stringContaining('texts only') },
    { row: 'pytorch-fp32', reason: expect.stringContaining('torch and transformers') },
  ]);
});

test('a fresh process without Python says so and the others go on', async () => {
  const rows = ['--only-fresh', '--rows', 'pytorch-fp32', '--python', join(folder, 'no-python'), '--json'];
  const { code, stdout, stderr } = await run(...tiny, ...rows);
  expect([code, stderr]).toEqual([0, '']);
  const { cells, fresh, freshSkipped } = parsePeersReport(JSON.parse(stdout));
  expect([cells, fresh]).toEqual([[], []]);
  expect(freshSkipped).toMatchObject([{ row: 'pytorch-fp32', reason: expect.stringContaining('torch') }]);
});

test('all commands of the README are understood', async () => {
  expect(commands.length).toBeGreaterThan(3);
  for (const words of commands) {
    const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
    const program = createProgram({ ...streams, env: {}, signal: new AbortController().signal });
    await program.action(() => {}).parseAsync(words, { from: 'user' });
  }
});

test.each([
  [['--threads', '0'], 'nothing to measure'],
  [['--threads', '1000'], 'cores'],
  [['--rows', 'hashee-int4'], 'no row'],
  [['--order', 'backwards'], 'sorted, unsorted'],
])('%j is refused', async (words, message) => {
  const { code, stderr } = await run(...tiny, ...words);
  expect(code).toBe(2);
  expect(stderr).toContain(message);
});

test('shows intervals from six pairs on, also of reports that have them for fewer', async () => {
  const report = parsePeersReport(JSON.parse(await readFile(join(folder, 'speed.json'), 'utf8')));
  const [cell] = report.cells;
  const shown = (pairs: number) => {
    const fp32 = { median: 2, low: 1.9, high: 2.1, level: 0.95, pairs };
    const rows = [{ ...cell.rows[1], overDense: { fp32 } }];
    return reportLines(parsePeersReport({ ...report, cells: [{ ...cell, rows }] })).join('\n');
  };
  expect(shown(6)).toContain(' 2.00x (1.90-2.10) |');
  expect(shown(5)).toContain(' 2.00x |');
});

test('a report that was tampered with is refused', () => {
  expect(() => parsePeersReport({ format: 'hashee-peers', version: 2 })).toThrow(/version/);
  expect(() => parsePeersReport([])).toThrow(/sound report/);
});
