import type { Runner } from '@hashee/baselines';
import { collate, type LabelledSequence } from '@hashee/core';
import { evenly } from './task-data.js';

const LIMIT = 2048;
const BATCH_SIZE = 32;

/** Tokens that leave after each layer, `[L]`, over at most 2048 sequences. For methods without a knob. */
export async function countTokens(
  runner: Runner,
  sequences: readonly LabelledSequence[],
  layers: number,
  signal?: AbortSignal,
): Promise<number[]> {
  const counts = new Array<number>(layers).fill(0);
  const sample = evenly(sequences, LIMIT);
  for (let from = 0; from < sample.length; from += BATCH_SIZE) {
    const { accounts } = await runner.run(collate(sample.slice(from, from + BATCH_SIZE)), undefined, { signal });
    for (const layer of accounts[0].exitLayers) if (layer > 0) counts[layer - 1]++;
  }
  return counts;
}
