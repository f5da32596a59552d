import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  bootstrap,
  type Judged,
  type Metric,
  metricDifference,
  metricInterval,
  metrics,
  spread,
} from '../src/index.js';
import { differenceInterval, meanInterval } from '../src/report/index.js';

/** Made by tooling/golden/eval/metrics.py with SciPy. */
const golden: {
  readonly intervals: { values: number[]; level: number; low: number; high: number }[];
  readonly differences: { first: number[]; second: number[]; level: number; low: number; high: number }[];
  readonly bootstrap: { values: number[]; low: number; high: number }[];
} = JSON.parse(readFileSync(new URL('golden/metrics.json', import.meta.url), 'utf8'));

it.each(golden.intervals)('the mean of $values, as SciPy', ({ values, level, low, high }) => {
  const interval = meanInterval(values, level);
  expect(interval.low).toBeCloseTo(low, 7);
  expect(interval.high).toBeCloseTo(high, 7);
  expect(interval.level).toBe(level);
});

it('needs two runs for an interval', () => {
  expect(() => meanInterval([1])).toThrow('two values or more');
  expect(() => meanInterval([1, 2], 1)).toThrow('between 0 and 1');
});

it.each(golden.differences)('the difference of $first and $second, as SciPy', ({ first, second, level, low, high }) => {
  const interval = differenceInterval(spread(first), spread(second), level);
  expect(interval.estimate).toBeCloseTo(spread(first).mean - spread(second).mean, 12);
  expect(interval.low).toBeCloseTo(low, 7);
  expect(interval.high).toBeCloseTo(high, 7);
  const reversed = differenceInterval(spread(second), spread(first), level);
  expect(reversed.low).toBeCloseTo(-high, 7);
});

it('has no interval of a difference of two single runs, and one of no width where nothing varies', () => {
  expect(() => differenceInterval(spread([1]), spread([2]))).toThrow('got 1 and 1 runs');
  expect(() => differenceInterval(spread([1, 2]), spread([2]), 1)).toThrow('between 0 and 1');
  expect(differenceInterval(spread([2, 2]), spread([1, 1, 1]))).toMatchObject({ estimate: 1, low: 1, high: 1 });
});

it.each(golden.bootstrap)('the bootstrap, as SciPy', ({ values, low, high }) => {
  const meanOf = (positions: Uint32Array): number =>
    positions.reduce((sum, i) => sum + values[i], 0) / positions.length;
  const interval = bootstrap(values.length, meanOf, { resamples: 10_000, seed: 9 });
  // The ends of two sets of samples differ by a few hundredths of the interval.
  expect(Math.abs(interval.low - low)).toBeLessThan(0.05 * (high - low));
  expect(Math.abs(interval.high - high)).toBeLessThan(0.05 * (high - low));
});

describe('metrics by the bootstrap', () => {
  const targets = Array.from({ length: 400 }, (_, i) => i % 2);
  const wrongEvery = (n: number): Judged => ({
    predictions: targets.map((target, i) => (i % n === 0 ? 1 - target : target)),
    targets,
    labels: ['a', 'b'],
  });

  it('an accuracy', () => {
    const { estimate, low, high } = metricInterval(metrics.accuracy, wrongEvery(5));
    const reach = 1.96 * Math.sqrt((0.8 * 0.2) / 400);
    expect(estimate).toBe(0.8);
    expect(Math.abs(low - (0.8 - reach))).toBeLessThan(0.01);
    expect(Math.abs(high - (0.8 + reach))).toBeLessThan(0.01);
  });

  it('a difference of two models', () => {
    const better = metricDifference(metrics.accuracy, wrongEvery(20), wrongEvery(5), { resamples: 500 });
    expect(better.estimate).toBeCloseTo(0.15, 12);
    expect(better.low).toBeGreaterThan(0.1);
    expect(better.notBetter).toBe(0);
    const same = metricDifference(metrics.accuracy, wrongEvery(5), wrongEvery(5), { resamples: 200 });
    expect(same).toMatchObject({ estimate: 0, low: 0, high: 0, notBetter: 1 });
    // Judged together: errors of the worse model are among those of the better one, so chance has little room.
    const close = metricDifference(metrics.accuracy, wrongEvery(10), wrongEvery(5), { resamples: 500 });
    expect(close.high - close.low).toBeLessThan(0.07);
    expect(metricDifference(metrics.accuracy, wrongEvery(5), wrongEvery(20), { resamples: 200 }).notBetter).toBe(1);
  });

  it('a difference that some samples have no value for: they count on neither side', () => {
    const ofTheLast: Metric = {
      name: 'share right of class 1',
      tasks: ['sequence-classification'],
      compute({ predictions, targets }) {
        const right = targets.flatMap((target, i) => (target === 1 ? [predictions[i] === target ? 1 : 0] : []));
        return right.reduce<number>((sum, each) => sum + each, 0) / right.length;
      },
    };
    const answered = (predictions: number[]): Judged => ({ predictions, targets: [0, 0, 1], labels: ['a', 'b'] });
    // Three samples in ten have no example of class 1; in the others the first model is always better.
    const { notBetter } = metricDifference(ofTheLast, answered([0, 0, 1]), answered([0, 0, 0]), { resamples: 300 });
    expect(notBetter).toBe(0);
  });

  it('sentences stay whole', () => {
    const tags: Judged = {
      predictions: [[1, 2, 0], [0], [1, 0]],
      targets: [[1, 2, 0], [1], [1, 2]],
      labels: ['O', 'B-x', 'I-x'],
    };
    const { estimate, low, high } = metricInterval(metrics.entityF1, tags);
    expect(estimate).toBeCloseTo(0.4, 12);
    expect([low, high]).toEqual([0, 1]);
  });

  it('refuses models that were asked different things', () => {
    const shorter = { ...wrongEvery(5), predictions: [1], targets: [1] };
    expect(() => metricDifference(metrics.accuracy, wrongEvery(5), shorter)).toThrow('got 400 and 1');
    expect(() => metricInterval(metrics.accuracy, { ...shorter, targets: [] })).toThrow('got 1 and 0');
    const [one, ...others] = targets;
    const reordered = { ...wrongEvery(5), targets: [...others, one] };
    expect(() => metricDifference(metrics.accuracy, wrongEvery(5), reordered)).toThrow(
      'of example 0 the right answer is ["a"] for the first model and ["b"] for the second',
    );
    const sentences = (targets: number[][]): Judged => ({ predictions: [[1, 0]], targets, labels: ['O', 'B-x'] });
    expect(() => metricDifference(metrics.entityF1, sentences([[1, 0]]), sentences([[1]]))).toThrow('of example 0');
    const scores = (target: number): Judged => ({
      predictions: [1.5, 4, 2],
      targets: [2.5, 4, target],
      labels: ['similarity'],
    });
    expect(() => metricDifference(metrics.pearson, scores(0.5), scores(0.25))).toThrow('of example 2');
  });

  it('compares models whose labels stand in different orders', () => {
    const { predictions } = wrongEvery(20);
    const flipped: Judged = {
      predictions: predictions.map((answer) => 1 - (answer as number)),
      targets: targets.map((target) => 1 - target),
      labels: ['b', 'a'],
    };
    const { estimate, low, high } = metricDifference(metrics.accuracy, wrongEvery(20), flipped, { resamples: 50 });
    expect([estimate, low, high]).toEqual([0, 0, 0]);
  });
});
