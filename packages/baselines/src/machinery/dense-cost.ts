import { type EncoderConfig, embeddingMacs, type HeadConfig, headMacs, layerMacs } from '@hashee/core';
import type { DenseReference } from '../method.js';

/**
 * Multiply-accumulates of a model without exits on one sequence of n tokens, as a runtime executes it: in the last layer
 * only the first token is a query, its keys and values obtained in the cheaper way.
 */
export function executedMacs(config: EncoderConfig, head: HeadConfig, n: number): number {
  const L = config.layers;
  let macs = embeddingMacs(config, n) + headMacs(config, head, 1);
  for (let layer = 1; layer < L; layer++) macs += layerMacs(config, layer, n, n);
  return macs + Math.min(layerMacs(config, L, 1, n), layerMacs(config, L, 1, n, 'absorbed'));
}

/** The same for the dense model that speed-ups are counted against, over sequences of the given lengths. */
export function denseCost({ config, head }: DenseReference, lengths: Iterable<number>): number {
  let macs = 0;
  for (const n of lengths) macs += executedMacs(config, head, n);
  return macs;
}
