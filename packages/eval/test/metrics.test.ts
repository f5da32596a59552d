import { readFileSync } from 'node:fs';
import { HasheeError } from '@hashee/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  accuracy,
  entitiesOf,
  entityF1,
  entityReport,
  f1,
  macroF1,
  matthews,
  pearson,
  spearman,
  spread,
} from '../src/index.js';

interface Case {
  readonly name: string;
  readonly predictions: number[];
  readonly targets: number[];
}

interface Scores {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly support: number;
}

interface Golden {
  readonly classification: (Case & { accuracy: number; f1: number; macroF1: number; matthews: number })[];
  readonly regression: (Case & { pearson: number; spearman: number })[];
  readonly entities: (Omit<Scores, 'support'> & {
    readonly name: string;
    readonly predictions: string[][];
    readonly targets: string[][];
    readonly types: Record<string, Scores>;
  })[];
  readonly spread: { values: number[]; mean: number; standardDeviation: number }[];
}

/** Made by tooling/golden/eval/metrics.py with scikit-learn, SciPy and seqeval. */
const golden: Golden = JSON.parse(readFileSync(new URL('golden/metrics.json', import.meta.url), 'utf8'));

describe('classification, as scikit-learn', () => {
  it.each(golden.classification)('$name', ({ predictions, targets, ...expected }) => {
    expect(accuracy(predictions, targets)).toBeCloseTo(expected.accuracy, 12);
    expect(f1(predictions, targets)).toBeCloseTo(expected.f1, 12);
    expect(macroF1(predictions, targets)).toBeCloseTo(expected.macroF1, 12);
    expect(matthews(predictions, targets)).toBeCloseTo(expected.matthews, 12);
  });

  it('takes any class for positive', () => {
    expect(f1([0, 0, 1], [0, 1, 1], 0)).toBeCloseTo(2 / 3, 12);
    expect(f1(Int32Array.of(2, 2), [2, 0], 2)).toBeCloseTo(2 / 3, 12);
  });
});

describe('regression, as SciPy', () => {
  it.each(golden.regression)('$name', ({ predictions, targets, ...expected }) => {
    expect(pearson(predictions, targets)).toBeCloseTo(expected.pearson, 10);
    expect(spearman(predictions, targets)).toBeCloseTo(expected.spearman, 10);
  });

  it('is 0 where a side is constant', () => {
    expect(pearson([1, 1, 1], [1, 2, 3])).toBe(0);
    expect(spearman([1, 2, 3], [5, 5, 5])).toBe(0);
    expect(pearson([2], [3])).toBe(0);
  });

  it('does not depend on the order of the pairs', () => {
    const pairs = fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 5 })), { minLength: 3 });
    fc.assert(
      fc.property(pairs, (values) => {
        const backwards = [...values].reverse();
        const of = (list: [number, number][], side: 0 | 1): number[] => list.map((pair) => pair[side]);
        for (const metric of [pearson, spearman])
          expect(metric(of(backwards, 0), of(backwards, 1))).toBeCloseTo(metric(of(values, 0), of(values, 1)), 9);
      }),
    );
  });
});

describe('entities, as seqeval', () => {
  it.each(golden.entities)('$name', ({ predictions, targets, types, ...expected }) => {
    const report = entityReport(predictions, targets);
    expect(report).toMatchObject({
      precision: expect.closeTo(expected.precision, 12),
      recall: expect.closeTo(expected.recall, 12),
      f1: expect.closeTo(expected.f1, 12),
    });
    expect(Object.keys(report.types)).toEqual(Object.keys(types));
    for (const [type, scores] of Object.entries(types))
      expect(report.types[type]).toEqual({
        precision: expect.closeTo(scores.precision, 12),
        recall: expect.closeTo(scores.recall, 12),
        f1: expect.closeTo(scores.f1, 12),
        support: scores.support,
      });
    expect(entityF1(predictions, targets)).toBe(report.f1);
  });

  it('reads entities that touch, and I without B', () => {
    expect(entitiesOf(['I-a', 'I-a', 'B-a', 'I-b', 'O', 'B-b'])).toEqual([
      { type: 'a', start: 0, end: 2 },
      { type: 'a', start: 2, end: 3 },
      { type: 'b', start: 3, end: 4 },
      { type: 'b', start: 5, end: 6 },
    ]);
    expect(entitiesOf([])).toEqual([]);
  });

  it('refuses other schemes', () => {
    expect(() => entitiesOf(['E-person'])).toThrow('Tag "E-person" is not BIO');
    expect(() => entitiesOf(['noun'])).toThrow(HasheeError);
  });
});

describe('spread', () => {
  it.each(golden.spread)('of $values', ({ values, mean, standardDeviation }) => {
    expect(spread(values)).toEqual({
      mean: expect.closeTo(mean, 12),
      standardDeviation: expect.closeTo(standardDeviation, 12),
      count: values.length,
      minimum: Math.min(...values),
      maximum: Math.max(...values),
    });
  });

  it('refuses no values', () => {
    expect(() => spread([])).toThrow(HasheeError);
  });
});

it('refuses unequal and empty lists', () => {
  for (const metric of [accuracy, f1, macroF1, matthews, pearson, spearman]) {
    expect(() => metric([1, 0], [1])).toThrow('got 2 and 1');
    expect(() => metric([], [])).toThrow('at least one');
  }
  expect(() => entityF1([['O']], [['O', 'O']])).toThrow('got 1 and 2');
});
