import { type HeadConfig, readsFirstOnly } from '@hashee/core';
import type { Value } from '../graph/graph.js';
import { concat, gatherRows, reshape, scatterRows, split } from '../graph/operators.js';
import type { BuildContext } from './context.js';
import { embeddingStates, embeddingStatesToLookUp, embeddingSum } from './embeddings.js';
import { headLogits } from './head.js';
import { finishLayer } from './layer.js';
import { absorbedApart, lookedUpApart, projectedApart } from './long-attention.js';
import { LONG } from './long-names.js';
import type { EncoderShape, LayerShape } from './shape.js';

/** Hidden states of all tokens: of all sequences together [T, H], or of each [n, H]. */
type LongStates = { readonly together: Value } | { readonly apart: readonly Value[] };

/**
 * The encoder for a few long sequences: linear maps run over the tokens of all of them, attention over one sequence after the other.
 * Nothing is padded or masked, rows move in whole stretches, and the scores of one sequence at a time are in memory.
 * @param sequences in the batch, G; each has its own nodes
 */
export function longGraph(
  context: BuildContext,
  shape: EncoderShape,
  sequences: number,
  head: HeadConfig | undefined,
): { readonly logits: Value | undefined; readonly hidden: Value | undefined } {
  const { graph } = context;
  const sum = embeddingSum(context);
  const lookUp = shape.layers[0]?.lookedUp ? embeddingStatesToLookUp(context, sum) : undefined;
  let states: LongStates = { together: lookUp?.value ?? embeddingStates(context, sum) };
  for (const [index, layer] of shape.layers.entries()) {
    if (layer.queries === 'all') {
      const x = together(context, states);
      const mixed = lookUp && index === 0 ? lookedUpApart(context, lookUp.inverseDeviation!, sequences) : undefined;
      states = {
        together: finishLayer(context, layer, x, mixed ?? projectedOf(context, layer, x, x, sequences)),
      };
      continue;
    }
    if (layer.attention === 'absorbed') states = { apart: apart(context, states, sequences) };
    if (layer.attention === 'projected') states = { together: together(context, states) };
    const [queries, putBack] = taken(context, layer, states, sequences);
    const computed = finishLayer(context, layer, queries, attend(context, layer, queries, states, sequences));
    if (shape.read === 'first' && index + 1 === shape.layers.length)
      return { logits: head && headLogits(context, head, computed), hidden: undefined };
    states = putBack(computed);
  }
  const hidden = together(context, states);
  if (!head) return { logits: undefined, hidden };
  const read = readsFirstOnly(head) ? gatherRows(graph, hidden, graph.input(LONG.first, 'int64', ['G'])) : hidden;
  return { logits: headLogits(context, head, read), hidden };
}

function together({ graph }: BuildContext, states: LongStates): Value {
  if ('together' in states) return states.together;
  return states.apart.length === 1 ? states.apart[0] : concat(graph, states.apart);
}

function apart({ graph }: BuildContext, states: LongStates, sequences: number): readonly Value[] {
  if ('apart' in states) return states.apart;
  return split(graph, states.together, graph.input(LONG.lengths, 'int64', ['G']), sequences);
}

/** The queries of a layer [m, H], and what puts their new states in the place of the old ones. */
function taken(
  { graph }: BuildContext,
  { layer }: LayerShape,
  states: LongStates,
  sequences: number,
): readonly [Value, (computed: Value) => LongStates] {
  const rows = graph.input(LONG.rows(layer), 'int64', [`m${layer}`, 1]);
  if ('together' in states) {
    const { together: x } = states;
    return [
      gatherRows(graph, x, reshape(graph, rows, [-1])),
      (computed) => ({ together: scatterRows(graph, x, rows, computed) }),
    ];
  }
  const counts = graph.input(LONG.counts(layer), 'int64', ['G']);
  const parts = split(graph, rows, counts, sequences);
  const queries = states.apart.map((x, g) => gatherRows(graph, x, reshape(graph, parts[g], [-1])));
  return [
    concat(graph, queries),
    (computed) => {
      const pieces = split(graph, computed, counts, sequences);
      return { apart: states.apart.map((x, g) => scatterRows(graph, x, parts[g], pieces[g])) };
    },
  ];
}

function attend(
  context: BuildContext,
  layer: LayerShape,
  queries: Value,
  states: LongStates,
  sequences: number,
): Value | undefined {
  if (layer.attention === 'absorbed')
    return absorbedApart(context, layer.layer, queries, apart(context, states, sequences));
  return projectedOf(context, layer, queries, together(context, states), sequences);
}

function projectedOf(
  context: BuildContext,
  { layer, attention, queries: which }: LayerShape,
  queries: Value,
  keys: Value,
  sequences: number,
): Value | undefined {
  return attention === 'none' ? undefined : projectedApart(context, layer, queries, keys, which === 'all', sequences);
}
