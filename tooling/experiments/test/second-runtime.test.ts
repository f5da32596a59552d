import { expect, test } from 'vitest';
import { permutationTest, spreadOf, welchTest } from '../second-runtime/compare-seeds.mjs';
import { largestDifference, lossesOf, markdown, type Results, speedOf } from '../second-runtime/report.mjs';

const run = (seed: number, accuracy: number) => ({ seed, accuracy, history: [accuracy, 0.75] });
const [tfjs, onnx] = [
  [0.76, 0.79],
  [0.75, 0.77, 0.78],
];
const fineTuning = {
  ...{ command: 'hashee train', engine: 'node' },
  tfjs: { ...spreadOf(tfjs), runs: tfjs.map((accuracy, i) => run(i + 1, accuracy)) },
  onnx: { ...spreadOf(onnx), runs: onnx.map((accuracy, i) => run(i + 1, accuracy)) },
  tests: { permutation: permutationTest(tfjs, onnx), welch: welchTest(tfjs, onnx) },
};
const taught = {
  ...{ command: 'hashee train', engine: 'node', runs: [{ ...run(1, 0.8392), seconds: 60 }] },
  onnx: { mean: 0.8305, deviation: 0.0069, runs: [run(1, 0.8256)] },
};
const cell = {
  ...{ threads: 1, batchSize: 32, counted: { macs: 2.9 } },
  dense: { sequencesPerSecond: 22 },
  exits: { sequencesPerSecond: 66 },
  speedup: { median: 3, low: 2.8, high: 3.2, level: 0.95 },
};
const results: Results = {
  ...{ schemaVersion: 1, experiment: 'second-runtime', command: 'npm run it', date: '2026-01-02T03:04:05Z' },
  machine: { processor: 'P', cores: 2, node: 'v20' },
  versions: { hashee: '1.0.0' },
  curve: {
    ...{ command: 'hashee train', examples: 96 },
    curves: [
      { engine: 'onnx', losses: [0.7, 0.6, 0.5] },
      { engine: 'wasm', losses: [0.7, 0.6001, 0.5] },
      { engine: 'cpu', losses: [0.7, 0.6, 0.49] },
    ],
  },
  fineTuning,
  taught,
  speed: [speedOf({ cells: [cell], machine: { load: 0.1 } }, 'wasm', 'hashee bench')],
};

test('losses of a log are those of its updates, in order', () => {
  const lines = [
    { type: 'start', steps: 2 },
    { type: 'step', step: 1, loss: 0.7 },
    { type: 'evaluation', loss: 9 },
    { type: 'step', step: 2, loss: 0.6 },
  ];
  expect(lossesOf(`${lines.map((line) => JSON.stringify(line)).join('\n')}\n`)).toEqual([0.7, 0.6]);
});

test('the largest difference and where it is; curves that cannot be compared are refused', () => {
  expect(largestDifference([1, 2, 3], [1, 2.5, 3.25])).toEqual({ difference: 0.5, update: 2 });
  expect(() => largestDifference([1], [1, 2])).toThrow(/1 and 2 updates/);
  expect(() => largestDifference([], [])).toThrow(/0 and 0/);
  expect(() => largestDifference([Number.NaN], [1])).toThrow(/not a number/);
});

test('the page says what agrees and what does not', () => {
  const page = markdown(results);
  expect(page).toContain('| TensorFlow.js, wasm engine | 3 | 1.0e-4 | 2 | yes |');
  expect(page).toContain('| TensorFlow.js, cpu engine | 3 | 1.0e-2 | 3 | no |');
  expect(page).toContain('| TensorFlow.js, node engine | 2 | 77.50 ± 2.12 | 76.00 to 79.00 |');
  expect(page).toContain('| ONNX Runtime | 3 | 76.67 ± 1.53 | 75.00 to 78.00 |');
  expect(page).toContain('The means are 0.83 points apart (TensorFlow.js above).');
  expect(page).toContain('- seed 1: 76.00, within the range, within mean ± deviation');
  expect(page).toContain('- seed 2: 79.00, outside the range, outside mean ± deviation');
  expect(page).toContain('They are not told apart');
  expect(page).toContain('With ONNX Runtime 83.05 ± 0.69.');
  expect(page).toContain('| TensorFlow.js, wasm engine | 1 | 32 | 22 | 66 | 3.00 (2.80 to 3.20) | 2.90 |');
  const few = speedOf({ cells: [{ ...cell, speedup: { median: 3, pairs: 4 } }], machine: {} }, 'wasm', 'b');
  expect(markdown({ ...results, speed: [few] })).toContain(
    '| TensorFlow.js, wasm engine | 1 | 32 | 22 | 66 | 3.00 | 2.90 |',
  );
  expect(page).toContain('at least 2 times as fast');
  expect(page).not.toContain('undefined');
  const slow = speedOf({ cells: [{ ...cell, speedup: { median: 1.5, low: 1, high: 2 } }], machine: {} }, 'node', 'b');
  expect(markdown({ ...results, speed: [slow] })).toContain('Below the 2 times aimed at: TensorFlow.js, node engine');
});

test('one run of each is not called a spread', () => {
  const [one, other] = [run(1, 0.7648), run(1, 0.7675)];
  const alone = {
    ...fineTuning,
    tfjs: { ...spreadOf([one.accuracy]), runs: [one] },
    onnx: { ...spreadOf([other.accuracy]), runs: [other] },
    tests: { permutation: permutationTest([one.accuracy], [other.accuracy]) },
  };
  const page = markdown({ ...results, fineTuning: alone });
  expect(page).toContain('| ONNX Runtime | 1 | 76.75 | 76.75 to 76.75 |');
  expect(page).toContain('They are 0.27 points apart (TensorFlow.js below). One run has no spread');
  expect(page).not.toContain('within the range');
  expect(page).not.toContain('outside');
});
