import { entropy } from '@hashee/baselines';
import type { Encoder, LabelledSequence } from '@hashee/core';
import { askHeads } from '../model/ask-heads.js';

/** Names of what decides at each layer below the last: classifiers, or the units of BERxiT. */
function deciders(layers: number, recipe: 'joint' | 'berxit'): string[] {
  const name = recipe === 'joint' ? 'exit' : 'error';
  return Array.from({ length: layers - 1 }, (_, index) => `${name}${index + 1}`);
}

/**
 * What is compared with a threshold at each layer below the last, `[N, L - 1]`: the entropy of the answer in nats, or BERxiT's
 * estimate of its error. Sequences leave where it is below.
 */
export async function seeExits(
  encoder: Encoder,
  sequences: readonly LabelledSequence[],
  recipe: 'joint' | 'berxit',
  signal?: AbortSignal,
): Promise<number[]> {
  const inner = encoder.config.layers - 1;
  const values = new Array<number>(sequences.length * inner).fill(0);
  await askHeads(
    encoder,
    sequences,
    deciders(encoder.config.layers, recipe),
    ({ layer }, index, logits) => {
      values[index * inner + layer - 1] = recipe === 'joint' ? entropy(logits) : 1 / (1 + Math.exp(-logits[0]));
    },
    signal,
  );
  return values;
}
