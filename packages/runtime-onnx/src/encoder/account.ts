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
import type { Plan } from './plan.js';
import type { AttentionKind, EncoderShape } from './shape.js';

/** What a plan really computes. */
export function accountOf(
  config: EncoderConfig,
  batch: TokenBatch,
  exitLayers: Uint8Array,
  shape: EncoderShape,
  plan: Plan,
  head: { readonly config: HeadConfig; readonly rows: number } | undefined,
  ran: Pick<Account, 'device' | 'dtype' | 'milliseconds'>,
): Account {
  const attention = Array.from(config.heads, (): AttentionKind => 'none');
  for (const layer of shape.layers) attention[layer.layer - 1] = layer.attention;
  const headCost = head ? headMacs(config, head.config, head.rows) : 0;
  let macs = headCost;
  let dense = headCost;
  for (let b = 0; b + 1 < batch.offsets.length; b++) {
    const n = batch.offsets[b + 1] - batch.offsets[b];
    macs += embeddingMacs(config, n);
    dense += denseMacs(config, n);
    for (const { layer, attention: kind } of shape.layers)
      macs += layerMacs(
        config,
        layer,
        plan.activePerSequence[layer - 1][b],
        n,
        kind === 'absorbed' ? kind : 'projected',
      );
  }
  return {
    runtime: 'onnx',
    exitLayers,
    activeTokens: plan.activeTokens,
    attention,
    macs,
    denseMacs: dense,
    ...ran,
  };
}
