import type { Encoder, LabelledSequence } from '@hashee/core';
import { type DevEvaluator, digestSequences } from '@hashee/train';
import { bitsOf } from '../bits/bit-set.js';
import { profileOf } from '../bits/bits-profile.js';
import { annotate, exitNames } from './annotate.js';

export interface ExitsJudgeOptions {
  /** What selects: the accuracy of the last exit, as the study has it, or the mean over all. @default 'last' */
  readonly score?: 'last' | 'mean' | undefined;
  /** Called with the weights that are judged, before anything is kept of them. */
  readonly probe?: ((encoder: Encoder) => Promise<void>) | undefined;
}

/** Judges a multi-exit model by the share of rows that each exit answers right. Metrics are named as the exits. */
export function exitsJudge(
  sequences: readonly LabelledSequence[],
  { score = 'last', probe }: ExitsJudgeOptions = {},
): DevEvaluator {
  return {
    fingerprint: `exits ${score} ${digestSequences(sequences)}`,
    async evaluate(encoder, { signal }) {
      const { layers } = encoder.config;
      const examples = await annotate(encoder, sequences, signal);
      const { rates } = profileOf(bitsOf({ level: 'sentence', layers, examples }));
      await probe?.(encoder);
      return {
        metrics: Object.fromEntries(exitNames(layers).map((name, index) => [name, rates[index]])),
        score: score === 'last' ? rates[layers - 1] : rates.reduce((sum, rate) => sum + rate, 0) / layers,
      };
    },
  };
}
