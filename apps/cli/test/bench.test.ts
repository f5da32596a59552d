import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { loadTokenizer } from '@hashee/checkpoint';
import { dealSlices } from '@hashee/eval';
import { Interrupted } from '@hashee/terminal';
import { describe, expect, test } from 'vitest';
import { cutSlices } from '../src/commands/bench/cut-slices.js';
import type { BenchReport } from '../src/commands/bench/report.js';
import { reportLines } from '../src/commands/bench/report-lines.js';
import { createOnnxBackend } from '../src/model/create-onnx-backend.js';
import { writeModelFolder } from './model-folder.js';
import { run } from './run.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = await temporaryFolder();
const { directory: model, checkpoint } = await writeModelFolder(join(folder, 'model'));
const tokenizer = await loadTokenizer(model);
const TEXTS = ['a good film', 'so bad', 'very dull music and a story', 'it was great'];
const file = join(folder, 'texts.txt');
await writeFile(file, `${TEXTS.join('\n')}\n\n`);
const data = join(folder, 'data');
await mkdir(join(data, 'sst-2'), { recursive: true });
await writeFile(join(data, 'sst-2', 'dev.tsv'), `sentence\tlabel\n${TEXTS.map((text) => `${text}\t1`).join('\n')}\n`);

const ids = TEXTS.map((text) => [...tokenizer.encode(text).inputIds]);
const exits = ids.flat().map((id) => checkpoint.exitTable?.exitLayer[id] ?? 3);
const meanExitLayer = exits.reduce((sum, layer) => sum + layer, 0) / exits.length;

const measure = async (...words: string[]): Promise<BenchReport> => {
  const { code, stdout, stderr } = await run(['bench', '-m', model, '--json', '--rounds', '3', ...words]);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
};

describe('hashee bench', () => {
  test('reads data files as it reads text files', async () => {
    const table = join(folder, 'texts.csv');
    await writeFile(table, `sentence,label\n${TEXTS.map((text) => `${text},1`).join('\n')}\n`);
    expect((await measure(table, '--threads', '1')).texts).toMatchObject({ name: 'texts.csv', sequences: 4 });
  });

  test.each(['end-to-end', 'encoder'])('%s: both sides in turn, with what they computed', async (part) => {
    const report = await measure(file, '-b', '2,3', '--threads', '1,2', '--what', part);
    expect(report).toMatchObject({
      format: 'hashee-bench',
      version: 2,
      part,
      model: { name: 'model', layers: 3, hash: { name: 'custom' } },
      texts: { name: 'texts.txt', sequences: 4, meanTokens: ids.flat().length / 4, longestTokens: 8, truncated: 0 },
      machine: { node: process.versions.node, cores: availableParallelism() },
      runtime: {
        name: 'onnxruntime-node',
        sessionOptions: { extra: { session: { intra_op: { allow_spinning: '0' } } } },
      },
    });
    expect(report.cells.map(({ threads, batchSize }) => [threads, batchSize])).toEqual([
      [1, 2],
      [1, 3],
      [2, 2],
      [2, 3],
    ]);
    for (const {
      slices,
      dense,
      exits: early,
      full,
      speedup,
      speedupOverFull,
      counted,
      shareOfExitLayers,
    } of report.cells) {
      expect(dense.milliseconds).toHaveLength(3);
      expect(dense.meanExitLayer).toBe(3);
      expect(early.meanExitLayer).toBeCloseTo(meanExitLayer, 9);
      expect(counted.exitLayers).toBeCloseTo(3 / meanExitLayer, 9);
      expect(counted.macs).toBeCloseTo(dense.macs / early.macs, 9);
      expect(early.macs).toBeLessThan(dense.macs);
      // The dense side leaves queries of the last layer out.
      expect(counted.macsOfFullDense).toBeGreaterThan(counted.macs);
      const middle = [...dense.milliseconds].sort((a, b) => a - b)[1];
      expect(dense.median).toBeCloseTo(middle / 4, 9);
      expect(dense.minimum).toBeCloseTo(Math.min(...dense.milliseconds) / 4, 9);
      expect(speedup.ofMedians).toBeCloseTo(dense.median / early.median, 9);
      expect(speedup.ofMinima).toBeCloseTo(dense.minimum / early.minimum, 9);
      expect(slices).toBe(1);
      expect(speedup.pairs).toBe(3);
      const ratios = dense.milliseconds.map((time, round) => time / early.milliseconds[round]).sort((a, b) => a - b);
      expect(speedup.median).toBeCloseTo(ratios[1], 9);
      // Three pairs are too few for an interval.
      expect(speedup).not.toHaveProperty('low');
      expect(full!.macs).toBeGreaterThan(dense.macs);
      expect(full!.macs).toBeCloseTo(counted.macsOfFullDense * early.macs, 0);
      expect(speedupOverFull!.pairs).toBe(3);
      expect(dense.cpu).toBeGreaterThan(0);
      expect(speedup.cpu).toBeCloseTo(dense.cpu / early.cpu, 9);
      expect(shareOfExitLayers).toBeCloseTo(speedup.median / counted.exitLayers, 9);
    }
  });

  test('sides take turns at slices of a few batches, which together are all texts', async () => {
    const many = join(folder, 'many.txt');
    await writeFile(many, Array.from({ length: 150 }, (_, i) => TEXTS[i % 4]).join('\n'));
    for (const part of ['end-to-end', 'encoder']) {
      const { texts, cells } = await measure(many, '-b', '1,32', '-t', '1', '--what', part, '--rounds', '2');
      expect(cells.map(({ slices }) => slices)).toEqual([4, 2]);
      expect(cells.map(({ speedup }) => speedup.pairs)).toEqual([8, 4]);
      // One by one, folding keys and values into the queries of the last layer doesn’t pay.
      expect(cells[0].dense.macs).toBeGreaterThanOrEqual(cells[1].dense.macs);
      expect(texts.sequences).toBe(150);
      const [{ speedup }, { speedup: fewer }] = cells;
      expect(speedup.low).toBeLessThanOrEqual(speedup.median);
      expect(speedup.high).toBeGreaterThanOrEqual(speedup.median);
      expect(fewer).not.toHaveProperty('low');
    }
  });

  test('threads reach the runtime; by default one, and one a core', async () => {
    const asked: (number | undefined)[] = [];
    const { code } = await run(['bench', file, '-m', model, '--rounds', '1', '--json'], {
      createBackend: (request) => {
        asked.push(request.threads);
        return createOnnxBackend(request);
      },
    });
    expect(code).toBe(0);
    expect(new Set(asked)).toEqual(new Set([1, availableParallelism()]));
  });

  test('the dev set of a task, a column, and the first texts only', async () => {
    const dev = join(data, 'sst-2', 'dev.tsv');
    expect((await measure('--task', 'sst-2', '--data', data, '-t', '1')).texts).toMatchObject({
      name: 'sst-2 dev',
      sequences: 4,
    });
    expect((await measure('--file', dev, '--text-column', 'sentence', '--limit', '2', '-t', '1')).texts).toMatchObject({
      name: 'dev.tsv',
      sequences: 2,
      meanTokens: (ids[0].length + ids[1].length) / 2,
    });
    expect((await measure(file, '--max-length', '5', '-t', '1')).texts).toMatchObject({
      truncated: 1,
      longestTokens: 5,
    });
  });

  test('tags and numbers have their pipelines too', async () => {
    for (const task of ['token-classification', 'regression'] as const) {
      const labels = task === 'regression' ? ['score'] : ['O', 'B-x'];
      const { directory } = await writeModelFolder(join(folder, task), { task, labels });
      const { code, stderr } = await run(['bench', file, '-m', directory, '--rounds', '1', '-t', '1']);
      expect(code, stderr).toBe(0);
    }
  });

  test('a table of at most 100 columns, and the same numbers in a file', async () => {
    const output = join(folder, 'bench.json');
    const words = ['-t', '1', '-b', '1,32', '--rounds', '6', '-o', output, '-q'];
    const { code, lines } = await run(['bench', file, '-m', model, ...words]);
    expect(code).toBe(0);
    const report: BenchReport = JSON.parse(await readFile(output, 'utf8'));
    const from = lines.findIndex((line) => line.startsWith('threads'));
    expect(lines.slice(from + 1, from + 3).map((line) => line.split(/ +/).slice(0, 2))).toEqual([
      ['1', '1'],
      ['1', '32'],
    ]);
    const [{ speedup }] = report.cells;
    expect(lines[from + 1]).toContain(
      `${speedup.median.toFixed(2)}x (${speedup.low?.toFixed(2)}-${speedup.high?.toFixed(2)})`,
    );
    expect(lines.find((line) => line.startsWith('dense '))).toContain('only what the head reads');
    expect(lines.find((line) => line.startsWith('session'))).toContain('graphOptimizationLevel=all');
    expect(lines.filter((line) => line.length > 100 && !line.startsWith('machine'))).toEqual([]);
  });

  test('says when other processes got in the way', async () => {
    const report = await measure(file, '-t', '1');
    const [cell] = report.cells;
    const side = (cpu: number) => ({ ...cell.exits, median: 1, cpu });
    const lines = (cpu: number) =>
      reportLines({ ...report, cells: [{ ...cell, dense: side(1), exits: side(cpu) }] }).join('\n');
    expect(lines(0.4)).toContain('as little as 40 % of a core');
    expect(lines(0.95)).not.toContain('Others used');
  });

  test('Ctrl-C leaves nothing behind', async () => {
    const controller = new AbortController();
    const output = join(folder, 'never.json');
    const { code, stdout, stderr } = await run(['bench', file, '-m', model, '--rounds', '9999', '-o', output], {
      signal: controller.signal,
      createBackend: async (request) => {
        setTimeout(() => controller.abort(new Interrupted()), 100);
        return createOnnxBackend(request);
      },
    });
    expect([code, stdout]).toEqual([130, '']);
    expect(stderr).toContain('Interrupted');
    expect((await readdir(folder)).filter((name) => name.startsWith('never'))).toEqual([]);
  });

  test('refuses what can not be compared', async () => {
    const { directory } = await writeModelFolder(join(folder, 'dense'), { exitLayer: null });
    expect((await run(['bench', file, '-m', directory])).stderr).toContain('nothing to compare');
    await writeFile(join(folder, 'empty.txt'), '');
    for (const [words, message] of [
      [['bench', join(folder, 'empty.txt'), '-m', model], 'There are no texts'],
      [['bench', '-m', model], 'Which texts?'],
      [['bench', file, '--file', file, '-m', model], 'given twice'],
      [['bench', file, '-m', model, '--head', 'other'], 'no head "other"'],
      [['bench', file, '-m', model, '-b', '1,x'], 'whole number'],
      [['bench', file, '-m', model, '-b', '4,4'], 'each number once'],
    ] as const) {
      const { code, stdout, stderr } = await run(words);
      expect(code).not.toBe(0);
      expect(stdout).toBe('');
      expect(stderr).toContain(message);
    }
  });
});

describe('cutSlices', () => {
  test('batches of similar length, slices of all lengths', () => {
    const lengths = Array.from({ length: 12 }, (_, i) => (i * 5) % 12);
    const slices = cutSlices(lengths, 16);
    expect(slices).toHaveLength(1);
    const many = Array.from({ length: 200 }, (_, i) => (i * 7) % 200);
    const cut = cutSlices(many, 16);
    // 13 batches, two at least a slice.
    expect(cut).toHaveLength(6);
    expect(cut.flat(2).sort((a, b) => a - b)).toEqual(many.map((_, i) => i));
    expect(cut.map((batches) => batches.length).sort()).toEqual([2, 2, 2, 2, 2, 3]);
    for (const batches of cut) {
      for (const texts of batches) {
        const sizes = texts.map((text) => many[text]);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThan(16);
      }
      const sizes = batches
        .slice(0, 2)
        .flat()
        .map((text) => many[text]);
      expect(sizes.reduce((a, b) => a + b) / sizes.length).toBeCloseTo(103.5, 9);
    }
    expect(() => dealSlices([1], 0)).toThrow('whole number from 1');
  });
});
