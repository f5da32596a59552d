import { type EncoderConfig, type HeadConfig, readsFirstOnly, type TokenBatch } from '@hashee/core';
import type { Value } from '../graph/graph.js';
import {
  add,
  concat,
  fusedMatMul,
  gatherRows,
  linear,
  matMul,
  reshape,
  softmax,
  split,
  transpose,
} from '../graph/operators.js';
import { type BuildContext, linearParameters } from './context.js';
import { embeddingStates, embeddingSum } from './embeddings.js';
import { headLogits } from './head.js';
import { Int64Writer } from './int64.js';
import { finishLayer } from './layer.js';
import type { Feed, Plan } from './plan.js';
import { PLAN } from './plan-names.js';
import type { EncoderShape, LayerShape } from './shape.js';

/** Names of the graph inputs of a sequence that is alone; tokens, their segments and positions have the names of other batches. */
const ALONE = {
  /** int64 [2]: tokens of a layer that are active and frozen */
  parts: (layer: number): string => `parts_${layer}`,
  /** int64 [T]: row of each token */
  rows: 'rows',
  /** int64 [1]: row of the first token */
  first: 'first',
} as const;

/**
 * The encoder for a batch of one: tokens are sorted by exit layer, the last to leave first, so that the active ones of a layer are the
 * first rows. No rows are picked, put back or padded, and no scores are masked, which is most of the time of a short text.
 */
export function singleSequenceGraph(
  context: BuildContext,
  shape: EncoderShape,
  head: HeadConfig | undefined,
): { readonly logits: Value | undefined; readonly hidden: Value | undefined } {
  const { graph } = context;
  let x = embeddingStates(context, embeddingSum(context)); // [T, H]
  for (const [index, layer] of shape.layers.entries()) {
    const firstOnly = isFirstOnly(shape, index);
    const all = layer.queries === 'all' && !firstOnly;
    const [queries, frozen] = all
      ? [x, undefined]
      : split(graph, x, graph.input(ALONE.parts(layer.layer), 'int64', [2]), 2);
    const computed = finishLayer(context, layer, queries, attend(context, layer, queries, x));
    if (firstOnly) return { logits: head && headLogits(context, head, computed), hidden: undefined };
    x = frozen === undefined ? computed : concat(graph, [computed, frozen]);
  }
  const hidden = gatherRows(graph, x, graph.input(ALONE.rows, 'int64', ['T']));
  if (!head) return { logits: undefined, hidden };
  const read = readsFirstOnly(head) ? gatherRows(graph, x, graph.input(ALONE.first, 'int64', [1])) : hidden;
  return { logits: headLogits(context, head, read), hidden };
}

/** Heads that answer above an inner layer while all layers are wanted need the general graph. */
export function canBeAlone(
  sequences: number,
  config: EncoderConfig,
  head: HeadConfig | undefined,
  hidden: boolean,
): boolean {
  return sequences === 1 && headIsOnTop(config, head, hidden);
}

/** Does nothing above the head's layer have to run? */
export function headIsOnTop(config: EncoderConfig, head: HeadConfig | undefined, hidden: boolean): boolean {
  return !(hidden && head !== undefined && head.layer < config.layers);
}

/** The feeds of `singleSequenceGraph`. @param exitLayers `[T]` */
export function planSingleSequence(
  batch: TokenBatch,
  exitLayers: Uint8Array,
  shape: EncoderShape,
  config: EncoderConfig,
): Plan {
  const T = exitLayers.length;
  const depth = shape.layers.at(-1)?.layer ?? 0;
  const exits = exitLayers.map((exit) => Math.min(exit, depth));
  const order = Array.from(exits.keys()).sort((a, b) => exits[b] - exits[a] || a - b);
  const rows = new Int64Writer(T);
  order.forEach((token, row) => {
    rows.set(token, row);
  });
  const feeds = new Map<string, Feed>();
  const int64 = (name: string, data: BigInt64Array): void => {
    feeds.set(name, { type: 'int64', data, dims: [data.length] });
  };
  int64(PLAN.inputIds, Int64Writer.from(order.map((token) => batch.inputIds[token])));
  int64(PLAN.tokenTypeIds, Int64Writer.from(order.map((token) => batch.tokenTypeIds[token])));
  int64(PLAN.positionIds, Int64Writer.from(order.map((token) => config.positionOffset + token)));
  int64(ALONE.rows, rows.data);
  int64(ALONE.first, rows.data.slice(0, 1));
  const activeTokens = new Array<number>(config.layers).fill(0);
  for (const [index, { layer, queries }] of shape.layers.entries()) {
    const active = isFirstOnly(shape, index)
      ? 1
      : queries === 'all'
        ? T
        : exits.reduce((count, exit) => count + (exit >= layer ? 1 : 0), 0);
    activeTokens[layer - 1] = active;
    int64(ALONE.parts(layer), Int64Writer.from([active, T - active]));
  }
  return { feeds, activeTokens, activePerSequence: activeTokens.map((active) => Int32Array.of(active)) };
}

function isFirstOnly(shape: EncoderShape, index: number): boolean {
  return shape.read === 'first' && index + 1 === shape.layers.length;
}

/** @returns [m, A·D]; undefined for layers without heads */
function attend(context: BuildContext, layer: LayerShape, queries: Value, x: Value): Value | undefined {
  const { graph, config } = context;
  const { hiddenSize: H, headSize: D } = config;
  const A = config.heads[layer.layer - 1];
  if (layer.attention === 'none') return undefined;
  const set = `layers.${config.layerWeights[layer.layer - 1]}`;
  const heads = (rows: Value, part: string): Value => {
    const { weight, bias } = linearParameters(context, `${set}.${part}`, A * D, H);
    return reshape(graph, linear(graph, rows, weight, bias), [-1, A, D]);
  };
  const alpha = 1 / Math.sqrt(D);
  const joined = (mixed: Value): Value => reshape(graph, transpose(graph, mixed, [1, 0, 2]), [-1, A * D]);
  const q = heads(queries, 'query'); // [m, A, D]
  if (layer.attention === 'projected') {
    const apart = { transBatchA: true, transBatchB: true, transB: true, alpha };
    const scores = fusedMatMul(graph, q, heads(x, 'key'), apart); // [A, m, T]
    return joined(fusedMatMul(graph, softmax(graph, scores), heads(x, 'value'), { transBatchB: true }));
  }
  const keyHeads = graph.parameter(`${set}.key.weight`, [A, D, H]);
  const valueHeads = graph.parameter(`${set}.value.weight`, [A, D, H]);
  const folded = fusedMatMul(graph, q, keyHeads, { transBatchA: true }); // [A, m, H]
  const scores = fusedMatMul(graph, reshape(graph, folded, [-1, H]), x, { transB: true, alpha }); // [A·m, T]
  const mixed = reshape(graph, matMul(graph, softmax(graph, scores), x), [A, -1, H]); // [A, m, H]
  const values = joined(fusedMatMul(graph, mixed, valueHeads, { transB: true }));
  return add(graph, values, graph.parameter(`${set}.value.bias`, [A * D]));
}
