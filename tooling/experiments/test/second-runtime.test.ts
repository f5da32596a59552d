import { expect, test } from 'vitest';
import {
  beyondSpread,
  largestDifference,
  lossesOf,
  markdown,
  type Results,
  speedOf,
} from '../second-runtime/report.mjs';

const fineTuning = {
  ...{ command: 'hashee train', engine: 'node', method: 'hashee-moved-taught' },
  runs: [
    { seed: 1, accuracy: 0.826, history: [0.826, 0.825], seconds: 600 },
    { seed: 2, accuracy: 0.839, history: [0.839, 0.83], seconds: 1200 },
  ],
  onnx: { mean: 0.8305, deviation: 0.0069, runs: [{ seed: 1, accuracy: 0.8256, history: [0.8256, 0.8238] }] },
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

test('the spread is one standard deviation around the mean', () => {
  const spread = { mean: 0.8305, deviation: 0.0069 };
  expect(beyondSpread(0.826, spread)).toBeCloseTo(0);
  expect(beyondSpread(0.82, spread)).toBeCloseTo(-0.0036);
  expect(beyondSpread(0.839, spread)).toBeCloseTo(0.0016);
});

test('the page says what agrees and what does not', () => {
  const page = markdown(results);
  expect(page).toContain('| TensorFlow.js, wasm engine | 3 | 1.0e-4 | 2 | yes |');
  expect(page).toContain('| TensorFlow.js, cpu engine | 3 | 1.0e-2 | 3 | no |');
  expect(page).toContain('Runtime trained, 83.05 ± 0.69:');
  expect(page).toContain('- seed 1: 82.60, within it\n- seed 2: 83.90, outside it, 0.16 points above');
  expect(page).toContain('| TensorFlow.js, wasm engine | 1 | 32 | 22 | 66 | 3.00 (2.80 to 3.20) | 2.90 |');
  expect(page).toContain('at least 2 times as fast');
  expect(page).not.toContain('undefined');
  const slow = speedOf({ cells: [{ ...cell, speedup: { median: 1.5, low: 1, high: 2 } }], machine: {} }, 'node', 'b');
  expect(markdown({ ...results, speed: [slow] })).toContain('Below the 2 times aimed at: TensorFlow.js, node engine');
});
