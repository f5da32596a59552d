import { expect, test } from 'vitest';
import { markdown, reading, resultsFile, triedFrom } from '../report.mjs';

const run = (method: string, seed: number, accuracy: number, speedup: number) => ({
  ...{ method, seed, accuracy, speedup, meanExitLayer: 6 / speedup, bestUpdate: 10, seconds: 60 * seed },
  history: [{ metrics: { accuracy: accuracy - 0.1 } }, { metrics: { accuracy } }],
});
const runs = [1, 2, 3].flatMap((seed) => [
  run('dense', seed, 0.84 + seed / 1000, 1.2),
  run('hashee', seed, 0.8 + seed / 1000, 3),
  run('hashee-adapted', seed, 0.83 + seed / 1000, 3),
]);
const parts = {
  command: 'npm run it',
  date: '2026-01-02T03:04:05Z',
  recipe: { epochs: 4 },
  adapt: { limit: 10 },
  machine: { processor: 'P', cores: 2, node: 'v20' },
  versions: { 'onnxruntime-node': '1.0.0' },
  runs,
  tried: [],
};

test('the reading compares each method with dense by the mean', () => {
  const { summary } = resultsFile(parts);
  const [labels, adapted] = reading(summary).split('\n');
  expect(labels).toContain('4.00 points below dense, further than the 1.5 points aimed at, with 2.50 times less');
  expect(adapted).toContain('1.00 points below dense, within the 1.5 points aimed at');
  expect(reading(summary.slice(1))).toContain('no dense model');
  const early = resultsFile({ ...parts, runs: runs.slice(0, 5) }).summary;
  expect(reading(early)).toContain('(not of the same seeds yet)');
});

test('the page has every run with every epoch, time, machine and what else was tried', () => {
  const page = markdown(resultsFile(parts));
  expect(page).toContain('| dense | 3 | 84.20 ± 0.10 |  | 5.00 | 1.20 | 2.0 |');
  expect(page).toContain('| dense, seed 2 | 84.20 | 10 | 74.20, 84.20 |');
  expect(page).toContain('until 2026-01-02 on P, 2 cores, Node v20, onnxruntime-node 1.0.0');
  expect(page).toContain('[second-runtime](second-runtime.md#a-full-fine-tuning)');
  expect(page).not.toContain('tried');
  expect(page).not.toContain('undefined');
  const other = triedFrom(resultsFile({ ...parts, recipe: { epochs: 9 }, runs: runs.slice(0, 2) }));
  const tried = markdown(resultsFile({ ...parts, tried: [other] }));
  expect(tried).toContain('## Also tried');
  expect(tried).toContain('| HashEE, labels only | epochs 9 | 1 | 80.10 | 3.00 |');
});

test('a trial is marked, and is no result', () => {
  const trial = resultsFile({ ...parts, limit: 200 });
  expect(markdown(trial)).toContain('A trial on the first 200 training sentences only');
  expect(() => triedFrom(trial)).toThrow(/trial/);
  expect(() => triedFrom({})).toThrow(/not a results file/);
});
