import { expect, test } from 'vitest';
import { clockFindings } from '../src/results/clock-findings.js';
import type { SummaryClock, SummaryMethod } from '../src/results/summary.js';

const methods: SummaryMethod[] = [
  { name: 'hashee-frequency', title: 'HashEE', family: 'hash', source: 'a paper' },
  { name: 'deebert', title: 'DeeBERT', family: 'exit', source: 'a paper' },
];

type Timed = readonly [batchSize: number, median: number, low?: number, high?: number];

function clock(method: string, points: readonly Timed[], more: Partial<SummaryClock> = {}): SummaryClock {
  return {
    ...{ method, target: 3, counted: 3, reached: true },
    points: points.map(([batchSize, median, low, high]) => ({
      ...{ batchSize, sequencesPerSecond: 100 },
      speedup: { median, ...(low === undefined ? {} : { low, high }), pairs: low === undefined ? 3 : 12 },
    })),
    ...more,
  };
}

function found(hashee: readonly Timed[], deebert: readonly Timed[], more: Partial<SummaryClock> = {}): string {
  const [text] = clockFindings([clock('hashee-frequency', hashee), clock('deebert', deebert, more)], methods, [3]);
  return text.replace('By the clock at 3x HashEE (counted 3.00x) is ahead of DeeBERT (counted 3.00x) ', '');
}

const TOO_FEW = 'Batches of 64 were timed in too few pairs for intervals: there only medians are compared.';
const hashee: Timed[] = [
  [1, 1.4, 1.3, 1.5],
  [8, 2.5, 2.4, 2.6],
  [64, 2.9, 2.8, 3],
];

test('ahead is where the intervals are apart', () => {
  const apart: Timed[] = [
    [1, 2.5, 2.4, 2.6],
    [8, 2.2, 2.1, 2.3],
    [64, 2.2, 2.1, 2.3],
  ];
  expect(found(hashee, apart)).toBe('from batches of 8 sequences on, by intervals.');
});

test('where intervals overlap it is ahead by medians, from some size or at all of them', () => {
  const near: Timed[] = [
    [1, 1.2, 1.1, 1.25],
    [8, 2.4, 2.3, 2.5],
    [64, 2.2, 2.1, 2.3],
  ];
  expect(found(hashee, near)).toBe('from batches of 64 sequences on, by intervals and by medians from 1 on.');
  const level: Timed[] = [
    [1, 2.5, 2.4, 2.6],
    [8, 2.2, 2.1, 2.3],
    [64, 2.85, 2.7, 3],
  ];
  expect(found(hashee, level)).toBe('from batches of 8 sequences on, by medians alone.');
});

test('batch sizes with too few pairs for an interval leave the verdict to the others, and are named', () => {
  const few: Timed[] = [
    [8, 2.2, 2.1, 2.3],
    [64, 2.2],
  ];
  expect(found(hashee, few)).toBe(`from batches of 8 sequences on, by intervals. ${TOO_FEW}`);
  // Its medians still count as medians.
  const median: Timed = [64, 3.2];
  expect(found(hashee, [few[0], median])).toBe(
    `from batches of 8 sequences on, by intervals, though by medians not at the largest. ${TOO_FEW}`,
  );
  expect(found([...hashee.slice(0, 2), [64, 2.9]], [[64, 2.2, 2.1, 2.3]])).toBe(
    `from batches of 64 sequences on, by medians alone. ${TOO_FEW}`,
  );
});

test('a method that doesn’t reach the speed-up is there with its fastest setting', () => {
  const slow: Timed[] = [
    [1, 2.5, 2.4, 2.6],
    [8, 2.2, 2.1, 2.3],
  ];
  expect(found(hashee, slow, { reached: false, counted: 2.52 })).toBe(
    'By the clock at 3x HashEE (counted 3.00x) is ahead of DeeBERT, whose fastest setting counts 2.52x, from batches of 8 sequences on, by intervals.',
  );
  expect(
    clockFindings([clock('hashee-frequency', hashee, { reached: false }), clock('deebert', slow)], methods, [3]),
  ).toEqual([]);
});

test('not at all', () => {
  const faster: Timed[] = [[64, 3.2, 3.1, 3.3]];
  expect(found(hashee, faster)).toBe(
    "By the clock at 3x HashEE (counted 3.00x) isn't ahead of DeeBERT (counted 3.00x) at the largest batches.",
  );
  expect(found(hashee, faster, { reached: false, counted: 2.52 })).toContain(
    "isn't ahead of DeeBERT, whose fastest setting counts 2.52x, at the largest batches.",
  );
});
