import { type LossTerm, Random } from '@hashee/core';
import { termLoss, tinyHead } from '@hashee/core/testing';
import { describe, expect, it } from 'vitest';
import {
  berxitLosses,
  depthWeights,
  difficultyPartners,
  exitHeads,
  keptHeads,
  matchedLayers,
  replacementRate,
  spreadLayers,
  theseusModules,
  theseusPath,
} from '../src/index.js';

const main = tinyHead('sequence-classification', 3);
const exits = exitHeads(main, { layers: 3 });

/** Loss of an update, from the losses of the heads. */
function total(terms: readonly LossTerm[], values: Readonly<Record<string, number>>, step: number): number {
  return terms.reduce(
    (sum, { head, weight = 1, turn = { of: 1, at: 0 } }) =>
      sum + (step % turn.of === turn.at ? weight * values[head] : 0),
    0,
  );
}

describe('PABEE', () => {
  it('weighs by depth', () => {
    const losses = [0.9, 0.6, 0.4];
    expect(depthWeights(3).reduce((sum, weight, i) => sum + weight * losses[i], 0)).toBeCloseTo(0.55, 12);
  });
});

describe('BERxiT', () => {
  const units = [...exits, main].map(({ layer }) => tinyHead('regression', layer, { name: `error${layer}` }));
  const values = { exit1: 0.9, exit2: 0.6, main: 0.4, error1: 0.075, error2: 0.075, error3: 0.075 };
  const without = { ...values, error1: 0, error2: 0, error3: 0 };

  it('alternates between the final classifier and all', () => {
    const losses = berxitLosses(main, exits, units);
    expect(total(losses, without, 0)).toBeCloseTo(0.4, 12);
    expect(total(losses, without, 1)).toBeCloseTo(1.9, 12);
    expect(total(losses, values, 4)).toBeCloseTo(0.475, 12);
    expect(total(losses, values, 5)).toBeCloseTo(1.975, 12);
  });

  it('leaves out the final loss in odd updates where the program is followed', () => {
    const losses = berxitLosses(main, exits, units, { finalLoss: 'code' });
    expect(total(losses, values, 0)).toBeCloseTo(0.475, 12);
    expect(total(losses, values, 1)).toBeCloseTo(1.575, 12);
  });

  it('learns how wrong the classifiers are', () => {
    const logit = (u: number): number => Math.log(u / (1 - u));
    const wrong = { logits: Float64Array.of(1, 0, 1, 0), labels: 2 };
    const term: LossTerm = { head: 'unit', kind: 'uncertainty', of: 'exit' };
    const j = [
      termLoss(term, Float64Array.of(logit(0.2), logit(0.7)), 1, Int32Array.of(0, 1), wrong),
      termLoss(term, Float64Array.of(logit(0.1), logit(0.4)), 1, Int32Array.of(0, 0), wrong),
    ];
    expect((j[0] + j[1]) / 2).toBeCloseTo(0.075, 12);
    // Regression: an estimate of 0.5 makes the square visible.
    const of = { logits: Float64Array.of(3.2, 3.2), labels: 1 };
    for (const [label, expected] of [
      [3, 0.197375],
      [2, 0.833655],
    ])
      expect(
        0.5 - Math.sqrt(termLoss(term, Float64Array.of(0), 1, Float32Array.of(label), of)) * Math.sign(0.5 - expected),
      ).toBeCloseTo(expected, 6);
  });
});

describe('CascadeBERT', () => {
  it('keeps a margin between easy and hard', () => {
    const row = (c: number): number[] => [Math.log(c / (1 - c)), 0];
    const logits = Float64Array.of(...row(0.9), ...row(0.6), ...row(0.7), ...row(0.65));
    const term: LossTerm = { head: 'main', kind: 'confidence-margin', margin: 0.5 };
    expect(termLoss(term, logits, 2, Int32Array.of(2, 3, -1, -1))).toBeCloseTo(0.425, 12);
  });

  it('pairs each easy row with a hard one of the batch', () => {
    const partners = difficultyPartners([true, false, true, false, true], new Random(1));
    expect(partners[1]).toBe(-1);
    expect(partners[3]).toBe(-1);
    for (const row of [0, 2, 4]) expect([1, 3]).toContain(partners[row]);
    expect(Array.from(difficultyPartners([true, true], new Random(1)))).toEqual([-1, -1]);
    expect(Array.from(difficultyPartners([false, false], new Random(1)))).toEqual([-1, -1]);
  });
});

describe('students', () => {
  it('DistilBERT takes layers from the first to the last', () => {
    // From 0 in the original: 0, 2, 4, 7, 9, 11.
    expect(spreadLayers(6, 12)).toEqual([1, 3, 5, 8, 10, 12]);
    expect(spreadLayers(1, 6)).toEqual([1]);
  });

  it('TinyBERT matches every N/M-th layer', () => {
    expect(matchedLayers(4, 12)).toEqual([3, 6, 9, 12]);
    expect(matchedLayers(6, 12)).toEqual([2, 4, 6, 8, 10, 12]);
    expect(matchedLayers(4, 6)).toEqual([2, 3, 5, 6]);
  });
});

describe('BERT-of-Theseus', () => {
  it('replaces more and more', () => {
    expect(replacementRate(1000)).toBeCloseTo(0.9, 12);
    expect(replacementRate(1166)).toBeLessThan(1);
    expect(replacementRate(1167)).toBe(1);
  });

  it('draws a path through both models', () => {
    const modules = theseusModules(6, 12);
    const names = modules.flatMap(({ predecessor }, i) => [...predecessor.map((_, j) => `P${2 * i + j}`), `s${i}`]);
    expect(modules.flatMap(({ predecessor, successor }) => [...predecessor, successor])).toEqual(
      Array.from({ length: 18 }, (_, i) => i + 1),
    );
    const path = theseusPath(modules, [1, 0, 0, 1, 1, 0]).map((layer) => names[layer - 1]);
    expect(path.join()).toBe('s0,P2,P3,P4,P5,s3,s4,P10,P11');
  });
});

describe('head pruning', () => {
  it('takes the least important of all layers', () => {
    const importance = [
      [0.1, 0.9],
      [0.5, 0.2],
    ];
    expect(keptHeads(importance, 0)).toEqual([
      [true, true],
      [true, true],
    ]);
    expect(keptHeads(importance, 0.5)).toEqual([
      [false, true],
      [true, false],
    ]);
    expect(keptHeads(importance, 1).flat()).not.toContain(true);
  });
});
