import {
  type EncoderConfig,
  type ExitTable,
  exitLayersOf,
  type HeadConfig,
  readsFirstOnly,
  type TokenBatch,
} from '@hashee/core';
import { type AttentionPreference, chooseShape, fullLayersOf } from '../encoder/choose-shape.js';
import type { EncoderShape } from '../encoder/shape.js';
import { typicalBatch } from './typical-batch.js';

/**
 * How an exported graph computes each layer: one choice for all batches, made for a sample or for typical text.
 * @param head `undefined` where the states themselves are read
 */
export function exportShape(
  config: EncoderConfig,
  head: HeadConfig | undefined,
  table: ExitTable | undefined,
  options: {
    readonly sample?: TokenBatch | undefined;
    readonly attention: AttentionPreference;
    /** Tokens of each typical text. */
    readonly length?: number | undefined;
  },
): EncoderShape {
  const { sample } = options;
  const { exitLayers, offsets } = sample
    ? { exitLayers: exitLayersOf({ ...sample, exitLayers: undefined }, config.layers, table), offsets: sample.offsets }
    : typicalBatch(config, table, options.length);
  const deepest = table ? table.exitLayer.reduce((most, layer) => Math.max(most, layer), 1) : config.layers;
  const depth = Math.min(head?.layer ?? config.layers, deepest);
  // Texts may hold tokens that the sample lacks, and first tokens may go all the way.
  for (let b = 0; b + 1 < offsets.length; b++) exitLayers[offsets[b]] = Math.max(exitLayers[offsets[b]], depth);
  return chooseShape({
    config,
    exitLayers,
    offsets,
    fullLayers: fullLayersOf(table, config.layers),
    lastLayer: depth,
    read: readsFirstOnly(head) ? 'first' : 'all',
    attention: options.attention,
  });
}
