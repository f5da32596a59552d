import { type EncoderConfig, layerMacs } from '@hashee/core';

/** One layer over many sequences: a active tokens, n tokens each. Sequences without active tokens are left out. */
export interface LayerSums {
  /** Σ a */
  readonly active: number;
  /** Σ n */
  readonly lengths: number;
  /** Σ a·n */
  readonly activeLengths: number;
}

/**
 * Multiply-accumulates of layer l (from 1) over many sequences, from sums alone. Where a token is active, `layerMacs` has
 * the form `α·a + β·n + γ·a·n`; the three are read off it, so that there is one cost model.
 */
export function summedLayerMacs(
  config: EncoderConfig,
  layer: number,
  sums: LayerSums,
  attention: 'projected' | 'absorbed',
): number {
  const at = (active: number, length: number): number => layerMacs(config, layer, active, length, attention);
  const perActive = at(1, 0);
  const perActiveLength = at(2, 1) - at(2, 0) - (at(1, 1) - at(1, 0));
  const perLength = at(1, 1) - at(1, 0) - perActiveLength;
  return perActive * sums.active + perLength * sums.lengths + perActiveLength * sums.activeLengths;
}
