import type { Checkpoint } from '../../checkpoint.js';
import { HasheeError } from '../../errors.js';

/** All weights of a checkpoint in float64, by canonical name. */
export type ReferenceWeights = Map<string, Float64Array>;

export async function readReferenceWeights(checkpoint: Pick<Checkpoint, 'weights'>): Promise<ReferenceWeights> {
  const weights: ReferenceWeights = new Map();
  for (const name of checkpoint.weights.names())
    weights.set(name, Float64Array.from(await checkpoint.weights.read(name)));
  return weights;
}

/** @throws HasheeError `NOT_FOUND` */
export function tensor(weights: ReferenceWeights, name: string): Float64Array {
  const data = weights.get(name);
  if (!data) throw new HasheeError('NOT_FOUND', `The model has no tensor "${name}".`, { fields: { name } });
  return data;
}
