import type { LabelledSequence } from '@hashee/core';
import { type BitSet, bitsOf, rowTypes } from '../bits/bit-set.js';
import { type Bits, rowsOf } from '../bits/bits.js';
import type { BitPredictor } from './bit-predictor.js';

/** How often each class gets a right answer from each layer, `[C][L]`, with one imagined right and one wrong answer. */
export function ratesByLabel({ layers, values }: Bits, labels: ArrayLike<number>, classes: number): number[][] {
  const right = Array.from({ length: classes }, () => new Array<number>(layers).fill(1));
  const count = new Array<number>(classes).fill(2);
  for (let row = 0; row < labels.length; row++) {
    if (labels[row] < 0) continue;
    count[labels[row]]++;
    for (let l = 0; l < layers; l++) right[labels[row]][l] += values[row * layers + l];
  }
  return right.map((sums, c) => sums.map((sum) => sum / count[c]));
}

/** Distribution over classes of each type of token in labelled text, and of types that occur once: a guess for unseen ones. */
export interface LabelDistribution {
  readonly classes: number;
  /** `[C]` */
  of(type: number): readonly number[];
}

export function labelDistribution(sequences: readonly LabelledSequence[], classes: number): LabelDistribution {
  const counts = new Map<number, Float64Array>();
  for (const { inputIds, label } of sequences) {
    if (typeof label === 'number') continue;
    label.forEach((tag, position) => {
      if (tag < 0) return;
      const own = counts.get(inputIds[position]) ?? new Float64Array(classes);
      own[tag]++;
      counts.set(inputIds[position], own);
    });
  }
  const unseen = new Float64Array(classes).fill(1 / classes);
  for (const own of counts.values()) {
    const total = own.reduce((sum, value) => sum + value, 0);
    if (total === 1) unseen[own.indexOf(1)]++;
  }
  const share = (own: Float64Array): number[] => {
    const total = own.reduce((sum, value) => sum + value, 0);
    return Array.from(own, (value) => value / total);
  };
  const rest = share(unseen);
  const known = new Map(Array.from(counts, ([type, own]) => [type, share(own)]));
  return { classes, of: (type) => known.get(type) ?? rest };
}

/**
 * Sees nothing of a token but which labels its type has in training: P(right at l | type) = Σ_c P(c | type) P(right at l | c).
 */
export function typeLabelPrior(distribution: LabelDistribution): BitPredictor {
  return {
    name: 'type-label-prior',
    title: "Label distribution of the token's type",
    async predict({ train, dev, test }) {
      const rates = ratesByLabel(bitsOf(train), labelsOf(train), distribution.classes);
      const answer = (set: BitSet): Float32Array =>
        Float32Array.from(
          rowTypes(set).flatMap((type) => {
            const shares = distribution.of(type);
            return Array.from({ length: set.layers }, (_, l) =>
              logit(shares.reduce((sum, share, c) => sum + share * rates[c][l], 0)),
            );
          }),
        );
      return { dev: answer(dev), test: answer(test) };
    },
  };
}

/** Knows the gold label of every row and nothing else: what a perfect label prior could do. */
export function goldLabelPrior(classes: number): BitPredictor {
  return {
    name: 'gold-label-prior',
    title: 'Gold label (upper view)',
    async predict({ train, dev, test }) {
      const rates = ratesByLabel(bitsOf(train), labelsOf(train), classes);
      const answer = (set: BitSet): Float32Array =>
        Float32Array.from(labelsOf(set).flatMap((label) => rates[label].map(logit)));
      return { dev: answer(dev), test: answer(test) };
    },
  };
}

/** How often each type of token gets a right answer in training, shrunk towards all types' share as if they had been seen ten times more. */
export const typeMemory: BitPredictor = {
  name: 'type-memory',
  title: "Bits of the token's type in training",
  async predict({ train, dev, test }) {
    const L = train.layers;
    const bits = bitsOf(train);
    const rows = rowsOf(bits);
    const total = new Float64Array(L);
    bits.values.forEach((bit, index) => {
      total[index % L] += bit / rows;
    });
    const seen = new Map<number, { count: number; right: Float64Array }>();
    rowTypes(train).forEach((type, row) => {
      const own = seen.get(type) ?? { count: 0, right: new Float64Array(L) };
      seen.set(type, own);
      own.count++;
      for (let l = 0; l < L; l++) own.right[l] += bits.values[row * L + l];
    });
    const answer = (set: BitSet): Float32Array =>
      Float32Array.from(
        rowTypes(set).flatMap((type) => {
          const own = seen.get(type);
          return Array.from(total, (share, l) =>
            logit(((own?.right[l] ?? 0) + PRIOR * share) / ((own?.count ?? 0) + PRIOR)),
          );
        }),
      );
    return { dev: answer(dev), test: answer(test) };
  },
};

const PRIOR = 10;

export function labelsOf({ examples }: Pick<BitSet, 'examples'>): number[] {
  return examples.flatMap(({ labels }) => [...labels]);
}

function logit(probability: number): number {
  const bounded = Math.min(1 - 1e-6, Math.max(1e-6, probability));
  return Math.log(bounded / (1 - bounded));
}
