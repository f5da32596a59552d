import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { planCells, recipeOf } from '../generation/cells.mjs';
import { decoderReading, markdown, reading, summarize } from '../generation/report.mjs';
import { resultFile, storedResult } from '../generation/stored-result.mjs';

test('the base is one cell for all seeds', () => {
  const cells = planCells(['csl', 'cnndm'], ['base', 'dense'], [3, 4]);
  expect(cells[0]).toMatchObject({ method: 'base', seed: 1 });
  expect(cells.map(({ name }) => name)).toEqual([
    'csl-base',
    'csl-dense-3',
    'cnndm-base',
    'cnndm-dense-3',
    'csl-dense-4',
    'cnndm-dense-4',
  ]);
});

test('cells come seed by seed, and unknown names are refused', () => {
  const names = planCells(['csl'], ['dense', 'hashee-2x'], [1, 2]).map(({ name }) => name);
  expect(names).toEqual(['csl-dense-1', 'csl-hashee-2x-1', 'csl-dense-2', 'csl-hashee-2x-2']);
  expect(() => planCells(['csl'], ['sparse'], [1])).toThrow(/no method "sparse"/);
});

/** A cell's result with the numbers that matter here. */
const cell = (method: string, seed: number, rougeL: number, macs: number) => ({
  ...{ task: 'csl', method, seed, texts: 10, generatedTokens: 100, countedSpeedup: 1 },
  rouge: { rouge1: rougeL + 1, rouge2: rougeL - 5, rougeL },
  likelihood: { logLikelihood: -4 },
  encoder: { macs, denseMacs: 6e9, countedSpeedup: 6e9 / macs, meanExitLayer: 6 },
  decoder: { macs: 2e9 },
  cpuSeconds: 60,
  best: { epoch: 3, of: 8 },
  examples: [{ text: 'a | b', reference: 'c' }],
});
const runs = [
  cell('dense', 1, 20, 6e9),
  cell('dense', 2, 22, 6e9),
  cell('dense', 3, 21, 6e9),
  cell('hashee-3x', 1, 15, 2e9),
  cell('hashee-3x', 2, 15.5, 2e9),
  cell('hashee-3x', 3, 15.25, 2e9),
];

test('encoder and decoder are reported apart, per text, with the spread of seeds', () => {
  const [dense, hashee] = summarize(runs, 'csl');
  expect(dense.rouge['rougeL']).toMatchObject({ mean: 21, count: 3 });
  expect(hashee).toMatchObject({ encoderMacs: 2e8, decoderMacs: 2e8, encoderSpeedup: 3, tokens: 10 });
  const text = reading([dense, hashee]);
  expect(text).toContain('-5.75 / -5.75 / -5.75');
  expect(text).toMatch(/ROUGE-L: 95 % from -8\.\d\d to -3\.\d\d, below dense/);
  expect(text).toContain('encoder 3.00 times cheaper, encoder and decoder together 2.00 times');
});

test('what is not fine-tuned has no verdict, and one seed is no spread', () => {
  const base = { ...cell('base', 1, 12, 6e9), best: { epoch: 0, of: 8 } };
  expect(reading(summarize([base, ...runs], 'csl')).split('\n')).toHaveLength(1);
  expect(reading(summarize([runs[0], ...runs.slice(3)], 'csl'))).toContain('one seed says nothing');
  expect(reading(summarize([base], 'csl'))).toBe('There is no dense model to compare with yet.');
});

test("exits of the decoder's tokens are compared with the same encoder", () => {
  const exits = [14, 14.5, 14.25].map((rougeL, i) => ({
    ...cell('hashee-3x-decoder', i + 1, rougeL, 2e9),
    decoder: { macs: 1.6e9, denseMacs: 2e9 },
  }));
  const [line] = decoderReading(summarize([...runs, ...exits], 'csl'));
  expect(line).toMatch(/without them: -1\.00 points of ROUGE-L \(95 % from -1\.\d\d to -0\.\d\d\); 1\.25 times less/);
  expect(decoderReading(summarize(runs, 'csl'))).toEqual([]);
});

test("a recipe keeps the method's settings apart from the task's", () => {
  const recipe = recipeOf({ task: 'csl', method: 'hashee-3x-decoder', seed: 2 }, undefined);
  expect(recipe).toMatchObject({ decoder: { layers: 2 }, exits: { speedup: 3, decoder: true }, from: 'base', seed: 2 });
  expect(recipeOf({ task: 'csl', method: 'base', seed: 1 }, undefined)).not.toHaveProperty('fineTuning');
  expect(recipeOf({ task: 'csl', method: 'untaught', seed: 1 }, undefined)).not.toHaveProperty('base');
});

test('a stored result counts for the recipe that it was made by', () => {
  const [work, [cell]] = [mkdtempSync(join(tmpdir(), 'hashee-cells-')), planCells(['csl'], ['hashee-3x'], [1])];
  const run = { work, limit: undefined };
  expect(storedResult(cell, run)).toBeUndefined();
  mkdirSync(join(work, cell.name));
  writeFileSync(resultFile(work, cell.name), JSON.stringify({ name: cell.name, recipe: recipeOf(cell, undefined) }));
  expect(storedResult(cell, run)).toMatchObject({ name: 'csl-hashee-3x-1' });
  expect(() => storedResult(cell, { work, limit: 8 })).toThrow('made with other settings');
  rmSync(work, { recursive: true });
});

test('the page says what is missing, and text of models is no markup', () => {
  const page = markdown({
    ...{ runs, leads: {}, missing: ['csl-dense-4'], command: 'npm run x', machine: 'm', versions: 'v', date: 'd' },
  });
  expect(page).toContain('Not run yet: csl-dense-4');
  expect(page).toContain('a \\| b');
  expect(page).toContain('| HashEE, encoder 3x | 3 | 16.25 ± 0.25 |');
});
