import {
  type Account,
  denseMacs,
  type EncoderConfig,
  embeddingMacs,
  type HeadConfig,
  headMacs,
  layerMacs,
  type TokenBatch,
} from '@hashee/core';
import type { BatchPlan } from '../encoder/batch-plan.js';
import type { QueryPlan } from '../encoder/query-plan.js';
import type { AttentionKind, LayerShape } from '../encoder/shape.js';

/** One layer that ran. */
export interface ComputedLayer {
  readonly shape: LayerShape;
  readonly queries: QueryPlan;
}

export function lengthsOf({ offsets }: TokenBatch): number[] {
  return Array.from({ length: offsets.length - 1 }, (_, b) => offsets[b + 1] - offsets[b]);
}

/** Multiply-accumulates of a layer over the sequences of a batch. */
export function computedMacs(config: EncoderConfig, { shape, queries }: ComputedLayer, lengths: number[]): number {
  const kind = shape.attention === 'absorbed' ? 'absorbed' : 'projected';
  return lengths.reduce((sum, n, b) => sum + layerMacs(config, shape.layer, queries.perSequence[b], n, kind), 0);
}

/** What a forward pass really computed. */
export function accountOf(
  config: EncoderConfig,
  plan: BatchPlan,
  layers: readonly ComputedLayer[],
  head: HeadConfig | undefined,
  rows: number,
  ran: Pick<Account, 'device' | 'dtype' | 'milliseconds'>,
): Account {
  const lengths = lengthsOf(plan.batch);
  const headCost = head ? headMacs(config, head, rows) : 0;
  const activeTokens = config.heads.map(() => 0);
  const attention = config.heads.map((): AttentionKind => 'none');
  let macs = headCost;
  for (const n of lengths) macs += embeddingMacs(config, n);
  for (const layer of layers) {
    activeTokens[layer.shape.layer - 1] = layer.queries.count;
    attention[layer.shape.layer - 1] = layer.shape.attention;
    macs += computedMacs(config, layer, lengths);
  }
  const dense = lengths.reduce((sum, n) => sum + denseMacs(config, n), headCost);
  return {
    runtime: 'tfjs',
    exitLayers: plan.exitLayers,
    activeTokens,
    attention,
    macs,
    denseMacs: dense,
    ...ran,
  };
}
