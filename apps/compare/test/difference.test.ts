import { Random } from '@hashee/core';
import { bootstrap, type Judged, type MetricName, metrics, spread } from '@hashee/eval';
import { describe, expect, test } from 'vitest';
import { devError } from '../src/results/dev-error.js';
import { ahead } from '../src/results/difference.js';

/** A score of some seeds whose only metric is the score itself. */
function score(metric: string, dev: number, ...values: number[]) {
  const { mean, standardDeviation, count } = spread(values);
  return { mean, standardDeviation, count, devError: devError({ [metric]: mean }, dev) };
}

describe('the error of a score as an estimate from dev, beside the bootstrap of its examples', () => {
  /** The standard deviation of the mean of metrics over samples of the examples. */
  function bootstrapped(judged: Judged, names: readonly MetricName[]): number {
    const at = <T>(values: readonly T[], positions: Uint32Array): T[] => Array.from(positions, (i) => values[i]);
    const scores: number[] = [];
    bootstrap(
      judged.targets.length,
      (positions) => {
        const { predictions, targets, labels } = judged;
        const sample = { predictions: at(predictions, positions), targets: at(targets, positions), labels };
        scores.push(spread(names.map((name) => metrics[name].compute(sample))).mean);
        return 0;
      },
      { resamples: 1500 },
    );
    return spread(scores.slice(1)).standardDeviation;
  }
  const valuesOf = (judged: Judged, names: readonly MetricName[]): Record<string, number> =>
    Object.fromEntries(names.map((name) => [name, metrics[name].compute(judged)]));
  const counted = (right: number, falsePositives: number, falseNegatives: number, rest: number): Judged => {
    const times = (count: number, value: number): number[] => new Array<number>(count).fill(value);
    return {
      predictions: [...times(right, 1), ...times(falsePositives, 1), ...times(falseNegatives, 0), ...times(rest, 0)],
      targets: [...times(right, 1), ...times(falsePositives, 0), ...times(falseNegatives, 1), ...times(rest, 0)],
      labels: ['no', 'yes'],
    };
  };

  test.each([
    ['accuracy', ['accuracy'], counted(250, 40, 30, 88)],
    ['accuracy and F1 of MRPC', ['accuracy', 'f1'], counted(250, 40, 30, 88)],
    ['accuracy and F1 where few are positive', ['accuracy', 'f1'], counted(40, 20, 30, 318)],
    ['accuracy and F1 where all are called positive', ['accuracy', 'f1'], counted(279, 129, 0, 0)],
  ] as const)('%s', (_, names, judged) => {
    const error = bootstrapped(judged, names);
    expect(Math.abs(devError(valuesOf(judged, names), judged.targets.length) / error - 1)).toBeLessThan(0.08);
  });

  test.each([0.1, 0.5, 0.8])('correlations near %s', (r) => {
    const random = new Random(7);
    const targets = Array.from({ length: 500 }, () => random.normal());
    const predictions = targets.map((target) => r * target + Math.sqrt(1 - r ** 2) * random.normal());
    const judged = { predictions, targets, labels: ['similarity'] };
    const names = ['pearson', 'spearman'] as const;
    const error = bootstrapped(judged, names);
    expect(Math.abs(devError(valuesOf(judged, names), 500) / error - 1)).toBeLessThan(0.15);
  });

  test('of what is all right or all wrong, and of metrics without a formula', () => {
    expect(devError({ accuracy: 1 }, 100)).toBe(0);
    expect(devError({ accuracy: 1, f1: 1 }, 100)).toBe(0);
    expect(devError({ accuracy: 0.7, f1: 0 }, 100)).toBeCloseTo(0.5 * Math.sqrt(0.21 / 100), 12);
    expect(devError({ pearson: 1 }, 100)).toBe(0);
    expect(devError({ entityF1: 0.9 }, 103)).toBeCloseTo(0.1, 12);
  });
});

describe('who is ahead', () => {
  test('correlations of one seed are judged by their own error, not by that of a share', () => {
    const stsB = (r: number) => score('pearson', 500, r);
    expect(ahead(stsB(0.152), stsB(0.067))).toBe(0);
    expect(ahead(stsB(0.267), stsB(0.152))).toBe(0);
    expect(ahead(stsB(0.267), stsB(0.067))).toBe(1);
    expect(ahead(stsB(0.152), stsB(0.622))).toBe(-1);
    // The same distance is more where correlations are high.
    expect(ahead(stsB(0.9), stsB(0.815))).toBe(1);
  });

  test('shares of one seed', () => {
    const sst2 = (p: number) => score('accuracy', 600, p);
    expect(ahead(sst2(0.61), sst2(0.505))).toBe(1);
    expect(ahead(sst2(0.61), sst2(0.582))).toBe(0);
    expect(ahead(sst2(0.505), sst2(0.61))).toBe(-1);
  });

  test('a few seeds are judged by Student’s t, not by two standard errors', () => {
    const seeds = (...values: number[]) => score('accuracy', 1_000_000, ...values);
    // 2.4 standard errors; four degrees of freedom take 2.8.
    expect(ahead(seeds(0.8, 0.82, 0.81), seeds(0.78, 0.8, 0.79))).toBe(0);
    // 3.7 standard errors.
    expect(ahead(seeds(0.8, 0.82, 0.81), seeds(0.77, 0.79, 0.78))).toBe(1);
    expect(ahead(seeds(0.77, 0.79, 0.78), seeds(0.8, 0.82, 0.81))).toBe(-1);
  });

  test('one seed against several is taken to vary as they do', () => {
    const seeds = (...values: number[]) => score('accuracy', 1_000_000, ...values);
    expect(ahead(seeds(0.8), seeds(0.78, 0.79, 0.77))).toBe(0);
    expect(ahead(seeds(0.84), seeds(0.78, 0.79, 0.77))).toBe(1);
  });

  test('seeds that don’t vary are still judged on so many examples only', () => {
    const seeds = (value: number) => score('accuracy', 600, value, value, value);
    expect(ahead(seeds(0.51), seeds(0.505))).toBe(0);
    expect(ahead(seeds(0.61), seeds(0.505))).toBe(1);
    expect(ahead(seeds(0.505), seeds(0.505))).toBe(0);
  });

  test('seeds that agree on a small dev set', () => {
    const seeds = (...values: number[]) => score('accuracy', 200, ...values);
    // Ten standard errors of the seeds, one of dev.
    expect(ahead(seeds(0.62, 0.625, 0.615), seeds(0.575, 0.57, 0.58))).toBe(0);
  });
});
