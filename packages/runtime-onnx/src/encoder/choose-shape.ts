import { type EncoderConfig, type ExitTable, layerMacs } from '@hashee/core';
import { cpuFeatures } from '../quantize/cpu-features.js';
import { type Absorption, type AttentionKind, type EncoderShape, isGrouped, type LayerShape } from './shape.js';

/** How keys and values are obtained; `auto` takes the cheaper way for each layer. */
export type AttentionPreference = 'auto' | 'projected' | 'absorbed';

/**
 * Multiply-accumulates of absorbed attention count this many times: its products are small and reach a lower rate than the
 * large ones, and in q8 half of them stay in fp32. Chosen by measurement on one thread of AVX-512 machines: for fp32 anything from 1
 * to 2.2 does as well; for q8 with VNNI 2 and 1.5 were the best of 1.5, 2, 3 and 4, by 5 to 12 %. For AMX 4 is an estimate.
 */
export function absorbedPenalty(dtype: string, extensions?: readonly string[]): number {
  if (dtype !== 'q8') return 1.25;
  extensions ??= cpuFeatures().extensions;
  return extensions.includes('amx_int8') ? 4 : 2;
}

/**
 * Absorbed attention takes the weights of each head apart, which are packed for the processor in every run, others once. Each counts
 * as so many multiply-accumulates: the best of 0, 13, 30 and 60 for batches of one, and as good as 0 for batches of 32.
 */
const PACKING = 30;

export interface ShapeRequest {
  readonly config: EncoderConfig;
  /** `[T]` */
  readonly exitLayers: Uint8Array;
  readonly offsets: Int32Array;
  /** Layers 1..fullLayers have every token as a query. At least 1. */
  readonly fullLayers: number;
  /** Last layer that anyone reads: the head's, or L. */
  readonly lastLayer: number;
  readonly read: 'first' | 'all';
  readonly attention: AttentionPreference;
  /** See `absorbedPenalty`. @default that of fp32 */
  readonly penalty?: number | undefined;
  /** Absorbed attention may treat sequences in groups, in this way. @default one group, gathered */
  readonly absorption?: Absorption | undefined;
  /** Runs these layers only, ascending. @default all */
  readonly only?: readonly number[] | undefined;
}

function attentionCost(request: ShapeRequest, layer: number, queries: 'active' | 'first', kind: AttentionKind): number {
  const { config, offsets, exitLayers } = request;
  let cost = 0;
  for (let b = 0; b + 1 < offsets.length; b++) {
    const n = offsets[b + 1] - offsets[b];
    let m = queries === 'first' ? 1 : 0;
    if (queries === 'active') for (let t = offsets[b]; t < offsets[b + 1]; t++) if (exitLayers[t] >= layer) m++;
    if (kind === 'none') continue;
    const feedForward = m * 2 * config.hiddenSize * config.intermediateSize;
    // A sequence without queries still has its keys projected, because the product runs over the whole batch.
    const macs = layerMacs(config, layer, Math.max(m, 1), n, kind) - (m === 0 ? feedForward : 0);
    cost +=
      kind === 'absorbed' ? feedForward + (macs - feedForward) * (request.penalty ?? absorbedPenalty('fp32')) : macs;
  }
  if (kind !== 'absorbed') return cost;
  const weights = 2 * config.heads[layer - 1] * config.headSize * config.hiddenSize;
  return cost + (weights * PACKING * (request.penalty ?? absorbedPenalty('fp32'))) / absorbedPenalty('fp32');
}

/** The cheapest shape for a batch: how deep, which layers pick rows, and where attention is absorbed. */
export function chooseShape(request: ShapeRequest): EncoderShape {
  const { exitLayers, offsets } = request;
  let deepest = 0;
  for (const exit of exitLayers) deepest = Math.max(deepest, exit);
  const reached = Math.min(request.lastLayer, deepest);
  const depth = request.only ? (request.only.findLast((layer) => layer <= reached) ?? 0) : reached;
  let read = request.read;
  // First tokens that exit before the last computed layer are read where they froze.
  if (read === 'first') for (let b = 0; b + 1 < offsets.length; b++) if (exitLayers[offsets[b]] < depth) read = 'all';

  const layers: LayerShape[] = [];
  for (let layer = 1; layer <= depth; layer++) {
    if (request.only && !request.only.includes(layer)) continue;
    const firstOnly = read === 'first' && layer === depth;
    const queries = layer <= request.fullLayers && !firstOnly ? 'all' : 'some';
    layers.push({ layer, queries, attention: chooseAttention(request, layer, queries, firstOnly) });
  }
  const { absorption } = request;
  const plain: EncoderShape = { layers, read, groups: 1 };
  if (!absorption || layers.every(({ attention }) => attention !== 'absorbed')) return plain;
  const one: EncoderShape = absorption === 'strided' ? { ...plain, absorption } : plain;
  const groups = absorption === 'strided' ? stridedGroups(offsets.length - 1) : gatheredGroups(request, depth);
  const shape = { ...one, groups };
  // A graph of its own is worth while only where a layer makes use of the groups.
  return layers.some((_, index) => isGrouped(shape, index)) ? shape : one;
}

/**
 * With one thread on SST-2, four groups of a batch of 32 take 1 % less time than three, as much as five; batches of 64 gain 1 to 2 %
 * by eight. Few different numbers, because each is a graph of its own.
 */
function stridedGroups(sequences: number): number {
  return sequences >= 16 ? 4 : sequences >= 6 ? 2 : 1;
}

/**
 * Three groups of a batch of 32 were the best of 1 to 6 on SST-2 with one thread, by 1 to 3 %. Every sequence needs a query in
 * every layer, so that no group is empty.
 */
function gatheredGroups({ exitLayers, offsets }: ShapeRequest, depth: number): number {
  const B = offsets.length - 1;
  for (let b = 0; b < B; b++) {
    let last = 0;
    for (let t = offsets[b]; t < offsets[b + 1]; t++) last = Math.max(last, exitLayers[t]);
    if (last < depth) return 1;
  }
  return B >= 12 ? 3 : B >= 8 ? 2 : 1;
}

function chooseAttention(
  request: ShapeRequest,
  layer: number,
  queries: LayerShape['queries'],
  firstOnly: boolean,
): AttentionKind {
  if (request.config.heads[layer - 1] === 0) return 'none';
  if (queries === 'all') return 'projected';
  if (request.attention !== 'auto') return request.attention;
  const of = firstOnly ? 'first' : 'active';
  const projected = attentionCost(request, layer, of, 'projected');
  return attentionCost(request, layer, of, 'absorbed') < projected ? 'absorbed' : 'projected';
}

/** Cost of running a batch in a given shape, in multiply-accumulates of large products. */
export function shapeCost(request: ShapeRequest, shape: EncoderShape): number {
  return shape.layers.reduce((sum, { layer, attention }, index) => {
    const firstOnly = shape.read === 'first' && index + 1 === shape.layers.length;
    return sum + attentionCost(request, layer, firstOnly ? 'first' : 'active', attention);
  }, 0);
}

/** Layers in which every token of any text is computed: the table's earliest exit, or L without a table. */
export function fullLayersOf(table: ExitTable | undefined, layers: number): number {
  return table ? table.exitLayer.reduce((earliest, exit) => Math.min(earliest, exit), layers) : layers;
}
