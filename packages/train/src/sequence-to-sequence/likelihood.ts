import { createHash } from 'node:crypto';
import {
  collate,
  collateTargets,
  countTargets,
  decoderInputs,
  HasheeError,
  type SequenceToSequenceExample,
  throwIfAborted,
} from '@hashee/core';
import { digestSequences } from '../digest.js';
import type { SequenceToSequenceEvaluator } from './sequence-to-sequence-options.js';

export interface LikelihoodOptions {
  /** Sources in a batch. Scores of a whole batch are in memory at once: 4 · labels · V bytes. @default 4 */
  readonly batchSize?: number | undefined;
}

/**
 * Judges an encoder-decoder by known outputs, without generating: `logLikelihood`, the mean of ln p of a label (the negated loss
 * without smoothing), is the score; `accuracy` is the share of labels that are the most likely token.
 * @throws HasheeError `INVALID_ARGUMENT` where no label counts, or for a batch size that isn't an integer from 1
 */
export function likelihood(
  examples: readonly SequenceToSequenceExample[],
  { batchSize = 4 }: LikelihoodOptions = {},
): SequenceToSequenceEvaluator {
  if (!Number.isSafeInteger(batchSize) || batchSize < 1)
    throw new HasheeError('INVALID_ARGUMENT', `likelihood(): batchSize must be an integer from 1, got ${batchSize}.`, {
      fields: { batchSize },
    });
  if (examples.every(({ labels }) => countTargets(labels) === 0))
    throw new HasheeError('INVALID_ARGUMENT', 'likelihood(): there is no example with a label that counts.');
  const order = Array.from(examples.keys()).sort(
    (a, b) => examples[a].inputIds.length - examples[b].inputIds.length || a - b,
  );
  const sequences = examples.map(({ labels, ...source }) => ({ ...source, label: Int32Array.from(labels) }));
  return {
    fingerprint: createHash('sha256')
      .update(`likelihood ${batchSize} ${digestSequences(sequences)}`)
      .digest('hex'),
    async evaluate(model, { signal }) {
      const { config } = model;
      const V = config.encoder.vocabSize;
      let [sum, right, count] = [0, 0, 0];
      for (let from = 0; from < order.length; from += batchSize) {
        throwIfAborted(signal, 'Evaluating');
        const chosen = order.slice(from, from + batchSize).map((index) => examples[index]);
        const targets = collateTargets(chosen.map(({ labels }) => labels));
        const sources = collate(
          chosen.map((example) => ({
            ...example,
            tokenTypeIds: example.tokenTypeIds ?? new Uint8Array(example.inputIds.length).fill(config.sourceSegment),
          })),
        );
        const longest = chosen.reduce((most, { labels }) => Math.max(most, labels.length), 0);
        const inputs = decoderInputs(targets, config);
        const tokens = new Int32Array(chosen.length * longest).fill(config.padTokenId);
        chosen.forEach((_, b) => {
          tokens.set(inputs.subarray(targets.offsets[b], targets.offsets[b + 1]), b * longest);
        });
        const decoding = await model.begin(sources, { signal });
        try {
          const scores = await decoding.append(tokens, { signal, positions: 'all', scores: 'log-probabilities' });
          chosen.forEach(({ labels }, b) => {
            for (let n = 0; n < labels.length; n++) {
              const label = labels[n];
              if (label < 0) continue;
              const first = (b * longest + n) * V;
              sum += scores[first + label];
              if (isLargest(scores, first, V, label)) right++;
              count++;
            }
          });
        } finally {
          decoding.dispose();
        }
      }
      const logLikelihood = sum / count;
      return { metrics: { logLikelihood, accuracy: right / count }, score: logLikelihood };
    },
  };
}

/** No score of a row is larger. @param first place of the row of V scores */
function isLargest(scores: Float32Array, first: number, V: number, label: number): boolean {
  const score = scores[first + label];
  for (let i = first; i < first + V; i++) if (scores[i] > score) return false;
  return true;
}
