import { expect, test } from 'vitest';
import { permutationTest, spreadOf, standing, welchTest } from '../second-runtime/compare-seeds.mjs';

test('mean, sample deviation, extremes, and where a value lies in them', () => {
  const spread = spreadOf([2, 4, 6]);
  expect(spread).toEqual({ mean: 4, deviation: 2, low: 2, high: 6 });
  expect(standing(6, spread)).toEqual({ withinDeviation: true, withinRange: true });
  expect(standing(1.9, spread)).toEqual({ withinDeviation: false, withinRange: false });
  expect(standing(5, spreadOf([4, 4]))).toEqual({ withinDeviation: false, withinRange: false });
  expect(() => spreadOf([])).toThrow(/nothing/);
});

test('the permutation test counts every deal, by hand', () => {
  // Of the 10 ways to take two of five only {1, 2} sets the means 7.17 apart; {9, 10}, the next, 6.17.
  expect(permutationTest([1, 2], [7, 9, 10])).toEqual({ deals: 10, pValue: 1 / 10 });
  expect(permutationTest([3, 3], [3, 3, 3])).toEqual({ deals: 10, pValue: 1 });
});

test("Welch's test: closed forms of Student's distribution with 1 and 2 degrees of freedom", () => {
  // Equal sizes and variances: 2 (n - 1) degrees. n = 2: t = 1/√0.5, and P(|T| ≥ t) = 1 - t/√(2 + t²) with 2 degrees.
  const { t, freedom, pValue } = welchTest([1, 2], [2, 3]);
  expect([t, freedom]).toEqual([expect.closeTo(-Math.SQRT2, 12), expect.closeTo(2, 12)]);
  expect(pValue).toBeCloseTo(1 - Math.SQRT2 / 2, 10);
  // One group without spread leaves 1 degree, Cauchy's distribution: 1 - (2/π) atan t, here with t = 1.
  const cauchy = welchTest([1, 3], [1, 1]);
  expect([cauchy.t, cauchy.freedom]).toEqual([expect.closeTo(1, 12), expect.closeTo(1, 12)]);
  expect(cauchy.pValue).toBeCloseTo(0.5, 10);
  expect(() => welchTest([1], [1, 2])).toThrow(/two values/);
});
