import { type Account, type EncoderConfig, layerMacs } from '@hashee/core';
import type { BatchPlan } from './batch-plan.js';

export type AttentionKind = Account['attention'][number];

/** How keys and values are obtained; `auto` takes the cheaper way for each layer. */
export type AttentionPreference = 'auto' | 'projected' | 'absorbed';

/** How one layer is computed for a batch. */
export interface LayerShape {
  /** 1..L */
  readonly layer: number;
  /** `active`: the tokens that haven't exited. `first`: the first token of each sequence, where nothing else is read. */
  readonly queries: 'active' | 'first';
  readonly attention: AttentionKind;
}

export interface ShapeRequest {
  readonly config: EncoderConfig;
  readonly plan: BatchPlan;
  /** Last layer that anyone reads: the head's, or L. */
  readonly lastLayer: number;
  /** `first`: nobody reads more than the first token of each sequence above the last layer. */
  readonly read: 'first' | 'all';
  readonly attention: AttentionPreference;
  /** See ENGINES. */
  readonly absorbedPenalty: number;
  /** Absorbed attention computes as many queries for every sequence as the one with most of them has. */
  readonly padsQueries: boolean;
  /** Runs these layers only, ascending. @default all */
  readonly only?: readonly number[] | undefined;
}

/** The layers that are computed for a batch, from the first. Layers in which nothing is active are left out. */
export function chooseLayers(request: ShapeRequest): LayerShape[] {
  const { config, plan, only } = request;
  const deepest = plan.exitLayers.reduce((most, exit) => Math.max(most, exit), 0);
  const run: number[] = [];
  for (let layer = 1; layer <= Math.min(request.lastLayer, deepest); layer++)
    if (!only || only.includes(layer)) run.push(layer);
  const depth = run.at(-1);
  return run.map((layer) => {
    const first = layer === depth && request.read === 'first' && firstTokensReach(plan, layer);
    const queries = first ? 'first' : 'active';
    return { layer, queries, attention: chooseAttention(request, layer, queries, config.heads[layer - 1]) };
  });
}

/** First tokens that were frozen below a layer are read where they froze. */
export function firstTokensReach(plan: BatchPlan, layer: number): boolean {
  for (let b = 0; b < plan.sequences; b++) if (plan.exitLayers[plan.batch.offsets[b]] < layer) return false;
  return true;
}

export function chooseAttention(
  { config, plan, attention, absorbedPenalty, padsQueries }: Omit<ShapeRequest, 'lastLayer' | 'read'>,
  layer: number,
  queries: LayerShape['queries'],
  heads: number,
): AttentionKind {
  if (heads === 0) return 'none';
  const active = queries === 'first' ? plan.sequences : plan.active(layer);
  if (active === plan.tokens) return 'projected';
  if (attention !== 'auto') return attention;
  const { offsets } = plan.batch;
  const { perSequence, longest } = plan.queries(queries === 'first' ? 'first' : active);
  const cost = (kind: 'projected' | 'absorbed'): number => {
    let sum = 0;
    for (let b = 0; b < plan.sequences; b++) {
      // A sequence without queries still has its keys projected, because the product runs over the whole batch.
      const m = Math.max(1, padsQueries && kind === 'absorbed' ? longest : perSequence[b]);
      const feedForward = m * 2 * config.hiddenSize * config.intermediateSize;
      sum += layerMacs(config, layer, m, offsets[b + 1] - offsets[b], kind) - feedForward;
    }
    return sum;
  };
  return cost('absorbed') * absorbedPenalty < cost('projected') ? 'absorbed' : 'projected';
}
