import type { RunResult } from '@hashee/baselines';

/**
 * Adds the tokens of a batch to those that leave after each layer, `[L]`: of models that run as one encoder, whatever ran.
 * @param counts is changed
 */
export function countTokens(counts: number[], { accounts }: RunResult): void {
  for (const layer of accounts[0].exitLayers) if (layer > 0) counts[layer - 1]++;
}
