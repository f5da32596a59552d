import { HasheeError } from '@hashee/core';
import type { TrainContext } from '../method.js';
import { executedMacs } from './dense-cost.js';
import { finalHead } from './exit-heads.js';

/** @throws HasheeError `INVALID_ARGUMENT` */
export function requireSpeedup({ speedup }: Pick<TrainContext, 'speedup'>): number {
  if (speedup === undefined || !(speedup >= 1 && Number.isFinite(speedup)))
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `This method trains a model for each speed-up: give context.speedup, a number from 1; got ${speedup}.`,
      { fields: { speedup } },
    );
  return speedup;
}

/** The most layers with which the model is as many times cheaper on dev as asked; 1 where even that isn't. */
export function layersForSpeedup(context: Pick<TrainContext, 'model' | 'dev' | 'speedup'>): number {
  const speedup = requireSpeedup(context);
  const { config } = context.model;
  const head = finalHead(context);
  const cost = (layers: number): number =>
    context.dev.sequences.reduce(
      (sum, { inputIds }) => sum + executedMacs({ ...config, layers }, head, inputIds.length),
      0,
    );
  const dense = cost(config.layers);
  // The nearest whole layer may miss the target by a hair's breadth: 2 % are let through.
  for (let layers = config.layers; layers > 1; layers--) if (dense / cost(layers) >= 0.98 * speedup) return layers;
  return 1;
}
