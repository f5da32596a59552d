import { HasheeError } from '../errors.js';
import type { HeadConfig } from '../head.js';

/**
 * Checks `AccumulateOptions.layers` for the heads that are trained.
 * @throws HasheeError `INVALID_ARGUMENT`
 */
export function assertTrainedLayers(
  layers: readonly number[] | undefined,
  heads: readonly HeadConfig[],
  modelLayers: number,
): void {
  if (!layers) return;
  const lowest = Math.min(...heads.map(({ layer }) => layer));
  const sound =
    layers.length > 0 &&
    layers[0] <= lowest &&
    layers.every((layer, i) => Number.isInteger(layer) && layer > (layers[i - 1] ?? 0) && layer <= modelLayers);
  if (!sound)
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `accumulate(): layers must be ascending integers from 1 to ${modelLayers}, the first not above a head that is trained (layer ${lowest}); got [${layers.join(', ')}].`,
      { fields: { layers, modelLayers, lowestHead: lowest } },
    );
}
