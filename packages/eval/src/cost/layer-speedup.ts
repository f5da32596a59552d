import { HasheeError } from '@hashee/core';
import { sum } from '../statistics/sum.js';

/**
 * The usual simplification of early-exit papers: L over the mean number of layers executed, by token or by sequence, as if
 * what has left were free and heads cost nothing. DeeBERT's and ElasticBERT's "speed-up", BERxiT's "relative cost" is its
 * inverse. A cascade counts the layers of all models that a sequence ran through.
 * @param layers L of the dense model
 * @param executed layers executed for each token, or for each sequence
 * @throws HasheeError `INVALID_ARGUMENT` where nothing ran
 */
export function layerSpeedup(layers: number, executed: ArrayLike<number>): number {
  const total = sum(executed);
  if (!(total > 0))
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `A speed-up needs executed layers, got ${total} over ${executed.length}.`,
      { fields: { executed: total, count: executed.length } },
    );
  return (layers * executed.length) / total;
}
