import { type EncoderConfig, embeddingMacs, layerMacs } from '@hashee/core';
import type { Cell } from './plan-cells.js';

/**
 * What a method's training costs beside dense fine-tuning, by rough account: frozen encoders go forward only, teachers too,
 * small models and early exits are cheaper, cascades train several.
 */
const TRAINING: Readonly<Record<string, number>> = {
  dense: 1,
  deebert: 0.45,
  fastbert: 0.45,
  pabee: 1.05,
  berxit: 1.05,
  cascadebert: 1.1,
  'elasticbert-entropy': 1.05,
  'elasticbert-patience': 1.05,
  'first-layers': 0.5,
  distilbert: 0.9,
  tinybert: 1.6,
  'head-pruning': 0.2,
  theseus: 1.5,
  'hashee-frequency-moved': 1.6,
};
const HASHEE = 0.55;
/** Of a training step, next to a forward pass. */
const FORWARD_AND_BACKWARD = 3;

/** Multiply-accumulates of one dense pass forward. */
export interface Extent {
  readonly train: number;
  readonly dev: number;
}

/** Multiply-accumulates of the dense model on sequences of the given lengths in tokens. */
export function forwardMacs(lengths: readonly number[], config: EncoderConfig): number {
  return lengths.reduce((sum, n) => {
    let macs = embeddingMacs(config, n);
    for (let layer = 1; layer <= config.layers; layer++) macs += layerMacs(config, layer, n, n);
    return sum + macs;
  }, 0);
}

/** Multiply-accumulates that a cell takes, roughly: what its time is estimated from. */
export function effortOf({ method, recipe, targets, timed }: Cell, { train, dev }: Extent): number {
  const share = TRAINING[method.name] ?? HASHEE;
  const training = share * (recipe.epochs ?? 4) * (FORWARD_AND_BACKWARD * train + dev);
  const judging = dev * (1 + targets.length);
  return training + judging * (timed.length > 0 ? 2 : 1);
}

/** Multiply-accumulates a second before anything was measured. */
export const FIRST_GUESS = 2e10;

/** Seconds that a cell will take, from those that are done. */
export function secondsFor(
  effort: number,
  done: readonly { readonly effort: number; readonly seconds: number }[],
): number {
  const [macs, seconds] = done.reduce(
    ([macs, seconds], each) => [macs + each.effort, seconds + each.seconds],
    [FIRST_GUESS, 1],
  );
  return effort / (macs / seconds);
}
