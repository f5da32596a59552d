import { type Account, collate, type LabelledSequence, type TokenBatch } from '@hashee/core';
import type { TokenExits } from './consistency.js';

/** What computes exits and says which: a loaded encoder, or a method that gives a batch exits of its own. */
export interface Executor {
  forward(
    batch: TokenBatch,
    options: { readonly signal?: AbortSignal | undefined },
  ): Promise<{ readonly account: Pick<Account, 'exitLayers'> }>;
}

/**
 * Exit layer of every token as a model really computes it, by its own account.
 * @param batchSize the order of the sequences is kept
 */
export async function executedExits(
  encoder: Executor,
  sequences: readonly LabelledSequence[],
  batchSize: number,
  signal?: AbortSignal,
): Promise<TokenExits> {
  const types: number[] = [];
  const layers: number[] = [];
  for (let from = 0; from < sequences.length; from += batchSize) {
    const batch = collate(sequences.slice(from, from + batchSize));
    const { account } = await encoder.forward(batch, { signal });
    types.push(...batch.inputIds);
    layers.push(...account.exitLayers);
  }
  return { types, layers };
}

/** Every token exits where its sequence does. @param layers one a sequence */
export function sequenceExits(sequences: readonly LabelledSequence[], layers: ArrayLike<number>): TokenExits {
  return {
    types: sequences.flatMap(({ inputIds }) => Array.from(inputIds)),
    layers: sequences.flatMap(({ inputIds }, index) => new Array<number>(inputIds.length).fill(layers[index])),
  };
}

/** Without special tokens, which hashes never let exit early. */
export function ordinaryTokens({ types, layers }: TokenExits, specialIds: ReadonlySet<number>): TokenExits {
  const kept = Array.from(types).flatMap((type, t) => (specialIds.has(type) ? [] : [t]));
  return { types: kept.map((t) => types[t]), layers: kept.map((t) => layers[t]) };
}
