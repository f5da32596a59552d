import { bitScores, firstRight, profileOf, randomScores } from '@hashee/difficulty';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bitsOfLogits } from '../src/bits/bits.js';

// Rates of the published test rows, methods: difficulty, 2.
const RATES = [0.3626, 0.4332, 0.5548, 0.7801, 0.7991, 0.8127, 0.816, 0.8203, 0.8263, 0.8295, 0.8333, 0.836];

describe('the worked examples of the study', () => {
  test('layer accuracy, mean and F1 of the wrong answers', () => {
    const predicted = bitsOfLogits(Float32Array.of(0.3, -0.2, 1, -1, 0.5, 0.1), 3);
    const gold = { layers: 3, values: Uint8Array.of(1, 0, 1, 0, 0, 1) };
    const { layerAccuracy, mean, wrongF1 } = bitScores(predicted, gold);
    expect(layerAccuracy).toEqual([1, 0.5, 1]);
    expect(mean).toBeCloseTo(0.8333, 4);
    expect(wrongF1).toBeCloseTo(0.8, 12);
  });

  test('majority and random on the published test rows', () => {
    const majority = RATES.reduce((sum, rate) => sum + Math.max(rate, 1 - rate), 0) / RATES.length;
    expect(majority).toBeCloseTo(0.759365, 4);
    const random = randomScores(RATES, { rates: RATES });
    expect(random.mean).toBeCloseTo(0.655597, 3);
    expect(random.wrongF1).toBeCloseTo(0.373, 3);
  });

  test('the difficulty of a row is its first layer that is right', () => {
    const values = Uint8Array.of(0, 0, 0, ...new Array(9).fill(1), ...new Array(12).fill(0));
    expect(firstRight({ layers: 12, values }, 0)).toBe(4);
    expect(firstRight({ layers: 12, values }, 1)).toBeUndefined();
  });

  test('layer accuracies are rounded to three decimals before their mean', () => {
    const third = { layers: 1, values: Uint8Array.of(1, 0, 0) };
    expect(bitScores({ layers: 1, values: Uint8Array.of(1, 1, 1) }, third).mean).toBe(0.333);
  });
});

describe('scores', () => {
  test('F1 of what never occurs and is never said is none', () => {
    const right = { layers: 2, values: Uint8Array.of(1, 1) };
    expect(bitScores(right, right).wrongF1).toBeNull();
    expect(bitScores({ layers: 2, values: Uint8Array.of(0, 1) }, right).wrongF1).toBe(0);
  });

  test('sizes that differ are refused with both', () => {
    const one = { layers: 2, values: Uint8Array.of(1, 1) };
    expect(() => bitScores(one, { layers: 2, values: new Uint8Array(4) })).toThrow(/1 rows of 2 layers.*2 of 2/);
    expect(() => bitScores({ ...one, values: new Uint8Array(0) }, { ...one, values: new Uint8Array(0) })).toThrow();
  });

  test('the random guess is what many guesses come to', () => {
    const gold = { layers: 2, values: Uint8Array.of(1, 0, 1, 1, 0, 1, 1, 1) };
    const rates = [0.25, 0.6];
    let state = 1;
    const uniform = (): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
    const trials = Array.from({ length: 4000 }, () =>
      bitScores({ layers: 2, values: gold.values.map((_, i) => (uniform() < rates[i % 2] ? 1 : 0)) }, gold),
    );
    const seen = trials.reduce((sum, { mean }) => sum + mean, 0) / trials.length;
    expect(randomScores(rates, profileOf(gold)).mean).toBeCloseTo(seen, 1.5);
  });

  test('a perfect prediction has all, an opposite one nothing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 3, maxLength: 60, max: 1 }), (raw) => {
        const values = raw.slice(0, raw.length - (raw.length % 3));
        const gold = { layers: 3, values };
        expect(bitScores(gold, gold).mean).toBe(1);
        expect(bitScores({ layers: 3, values: values.map((bit) => 1 - bit) }, gold).mean).toBe(0);
      }),
    );
  });
});

test('a profile counts rows that are right everywhere, nowhere, and never lost', () => {
  const values = Uint8Array.of(1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 0, 1);
  expect(profileOf({ layers: 3, values })).toEqual({
    rows: 4,
    rates: [0.5, 0.5, 0.75],
    allRight: 0.25,
    allWrong: 0.25,
    neverLost: 0.75,
  });
});
