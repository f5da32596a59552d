import type { Encoder, LabelledSequence } from '@hashee/core';
import type { BitExample } from '../bits/bit-set.js';
import { askHeads, largest } from './ask-heads.js';

/** Names of the classifiers of a multi-exit model, from layer 1 on. */
export function exitNames(layers: number): string[] {
  return Array.from({ length: layers }, (_, index) => (index + 1 < layers ? `exit${index + 1}` : 'main'));
}

/**
 * Asks every exit of a model about sequences that it wasn't trained on: one bit a layer, 1 where its answer is right. Tokens
 * without a label carry no bits.
 */
export async function annotate(
  encoder: Encoder,
  sequences: readonly LabelledSequence[],
  signal?: AbortSignal,
): Promise<BitExample[]> {
  const L = encoder.config.layers;
  const examples = sequences.map(({ inputIds, tokenTypeIds, label }): BitExample => {
    const positions =
      typeof label === 'number'
        ? Int32Array.of(0)
        : Int32Array.from(label.keys()).filter((position) => label[position] >= 0);
    const labels = typeof label === 'number' ? Int32Array.of(label) : positions.map((position) => label[position]);
    return { inputIds, tokenTypeIds, positions, labels, bits: new Uint8Array(positions.length * L) };
  });
  await askHeads(
    encoder,
    sequences,
    exitNames(L),
    ({ layer, labels: { length: C } }, index, logits) => {
      const { positions, labels, bits } = examples[index];
      positions.forEach((position, row) => {
        bits[row * L + layer - 1] = largest(logits.subarray(position * C, (position + 1) * C)) === labels[row] ? 1 : 0;
      });
    },
    signal,
  );
  return examples.filter(({ positions }) => positions.length > 0);
}
