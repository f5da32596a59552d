import type { WeightSource } from '@hashee/core';
import type { Tensors } from './run-directory.js';

/** A copy that later updates don't change. */
export async function copyWeights(weights: WeightSource): Promise<Tensors> {
  const copy = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  for (const name of weights.names())
    copy.set(name, { shape: [...weights.shape(name)], data: (await weights.read(name)).slice() });
  return copy;
}
