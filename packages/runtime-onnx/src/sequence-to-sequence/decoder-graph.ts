import type { SequenceToSequenceConfig } from '@hashee/core';
import { Graph, type Value } from '../graph/graph.js';
import { concat, gatherRows, reshape, scatterRows, transpose } from '../graph/operators.js';
import { DECODER } from './decoder-inputs.js';
import {
  attend,
  type DecoderContext,
  decoderEmbeddingStates,
  decoderEmbeddingSum,
  decoderFeedForward,
  decoderMap,
  mixHeads,
} from './decoder-parts.js';

/** Keys and values of the encoder's states for all decoder layers, once for each batch. */
export function crossGraph(config: SequenceToSequenceConfig): Graph {
  const graph = new Graph();
  const context = { graph, config };
  const { heads: A, headSize: D, layers } = config.decoder;
  const states = graph.input(DECODER.states, 'float32', ['T', config.encoder.hiddenSize]);
  const places = graph.input(DECODER.places, 'int64', ['B', A, 'S']);
  const project = (name: string): Value =>
    gatherRows(graph, reshape(graph, decoderMap(context, name, states), [-1, D]), places);
  for (let layer = 1; layer <= layers; layer++) {
    graph.output(project(`layers.${layer}.cross.key`), DECODER.crossKey(layer));
    graph.output(project(`layers.${layer}.cross.value`), DECODER.crossValue(layer));
  }
  return graph;
}

/** Keys and values of hypotheses in the order of those that continue them. Apart from the step: that holds the weights, and is there once. */
export function reorderGraph(config: SequenceToSequenceConfig): Graph {
  const graph = new Graph();
  const { heads: A, headSize: D, layers } = config.decoder;
  const parents = graph.input(DECODER.parents, 'int64', ['R']);
  for (let layer = 1; layer <= layers; layer++)
    for (const name of [DECODER.pastKey(layer), DECODER.pastValue(layer)])
      graph.output(gatherRows(graph, graph.input(name, 'float32', ['R0', A, 'P', D]), parents), `reordered_${name}`);
  return graph;
}

/** Logits to their logarithmic softmax. */
export function logSoftmaxGraph(): Graph {
  const graph = new Graph();
  const logits = graph.input(DECODER.logits, 'float32', ['rows', 'V']);
  graph.output(graph.add('LogSoftmax', [logits], { axis: -1 }), DECODER.logProbabilities);
  return graph;
}

/**
 * New tokens through the decoder: each attends to the tokens before it, whose keys and values are given, and to the encoder's
 * states. Hypotheses of one source are queries of one product, so its keys and values are read once.
 * @param lastOnly of several new tokens, answers only the last of each hypothesis
 * @param fullLayers above these tokens may have exited: such a layer computes the tokens that the plan names, and of the others, whose
 * states stay what they are, key and value. @default L
 */
export function stepGraph(
  config: SequenceToSequenceConfig,
  lastOnly: boolean,
  fullLayers: number = config.decoder.layers,
): Graph {
  const graph = new Graph();
  const context = { graph, config };
  const sum = decoderEmbeddingSum(
    context,
    graph.input(DECODER.inputIds, 'int64', ['RN']),
    graph.input(DECODER.positionIds, 'int64', ['RN']),
  );
  let x = decoderEmbeddingStates(context, sum);
  for (let layer = 1; layer <= config.decoder.layers; layer++) {
    const cached = selfKeys(context, layer, x);
    if (layer <= fullLayers) {
      x = computeLayer(context, layer, x, cached, allQueries(context));
      continue;
    }
    const rows = graph.input(DECODER.rows(layer), 'int64', [`m${layer}`, 1]);
    const queries = gatherRows(graph, x, reshape(graph, rows, [-1]));
    x = scatterRows(graph, x, rows, computeLayer(context, layer, queries, cached, someQueries(context, layer)));
  }
  if (lastOnly) x = gatherRows(graph, x, graph.input(DECODER.last, 'int64', ['R']));
  graph.output(decoderMap(context, 'vocabulary', x), DECODER.logits); // [R·N, V]
  return graph;
}

interface KeysAndValues {
  /** [R or B, A, P + N or S, D] */
  readonly keys: Value;
  readonly values: Value;
}

/** How the queries of a layer, [m, A·D], stand before keys, and how the answers come back. */
interface Queries {
  readonly self: { readonly place: (q: Value) => Value; readonly back: (mixed: Value) => Value; readonly mask: Value };
  readonly cross: { readonly place: (q: Value) => Value; readonly back: (mixed: Value) => Value };
}

/** @param x [m, H] @returns [m, H] */
function computeLayer(
  context: DecoderContext,
  layer: number,
  x: Value,
  cached: KeysAndValues,
  { self, cross }: Queries,
): Value {
  const { graph, config } = context;
  const { heads: A, headSize: D } = config.decoder;
  const attended = attend(context, layer, 'self', x, (q) =>
    self.back(mixHeads(context, { kind: 'self', layer }, { q: self.place(q), ...cached, mask: self.mask })),
  );
  const source = {
    keys: graph.input(DECODER.crossKey(layer), 'float32', ['B', A, 'S', D]),
    values: graph.input(DECODER.crossValue(layer), 'float32', ['B', A, 'S', D]),
    mask: graph.input(DECODER.sourceMask, 'float32', ['B', 1, 1, 'S']),
  };
  const informed = attend(context, layer, 'cross', attended, (q) =>
    cross.back(mixHeads(context, { kind: 'cross', layer }, { q: cross.place(q), ...source })),
  );
  return decoderFeedForward(context, layer, informed);
}

/** Keys and values of all tokens so far, the new ones from their present states, which of exited tokens are frozen ones. */
function selfKeys(context: DecoderContext, layer: number, x: Value): KeysAndValues {
  const { graph, config } = context;
  const { heads: A, headSize: D } = config.decoder;
  const withPast = (part: 'key' | 'value', past: string, present: string): Value => {
    const rows = headsFirst(context, decoderMap(context, `layers.${layer}.self.${part}`, x), DECODER.rowsShape);
    const all = concat(graph, [graph.input(past, 'float32', ['R', A, 'P', D]), rows], 2);
    graph.output(all, present);
    return all;
  };
  return {
    keys: withPast('key', DECODER.pastKey(layer), DECODER.presentKey(layer)),
    values: withPast('value', DECODER.pastValue(layer), DECODER.presentValue(layer)),
  };
}

function allQueries(context: DecoderContext): Queries {
  const back = (mixed: Value): Value => headsLast(context, mixed);
  return {
    self: {
      place: (q) => headsFirst(context, q, DECODER.rowsShape),
      back,
      mask: context.graph.input(DECODER.causalMask, 'float32', ['N', 'PN']),
    },
    cross: { place: (q) => headsFirst(context, q, DECODER.sourcesShape), back },
  };
}

function someQueries({ graph, config }: DecoderContext, layer: number): Queries {
  const { heads: A, headSize: D } = config.decoder;
  const through = (queries: Value, answers: Value): { place: (q: Value) => Value; back: (mixed: Value) => Value } => ({
    place: (q) => gatherRows(graph, reshape(graph, q, [-1, D]), queries),
    back: (mixed) => reshape(graph, gatherRows(graph, reshape(graph, mixed, [-1, D]), answers), [-1, A * D]),
  });
  const self = through(
    graph.input(DECODER.queries(layer), 'int64', ['R', A, `Q${layer}`]),
    graph.input(DECODER.answers(layer), 'int64', [`m${layer}`, A]),
  );
  return {
    self: { ...self, mask: graph.input(DECODER.queryMask(layer), 'float32', ['R', 1, `Q${layer}`, 'PN']) },
    cross: through(
      graph.input(DECODER.crossQueries(layer), 'int64', ['B', A, `CQ${layer}`]),
      graph.input(DECODER.crossAnswers(layer), 'int64', [`m${layer}`, A]),
    ),
  };
}

/** [rows, A·D] to [first, A, second, D] */
function headsFirst({ graph }: DecoderContext, rows: Value, shape: string): Value {
  return transpose(graph, graph.add('Reshape', [rows, graph.input(shape, 'int64', [4])]), [0, 2, 1, 3]);
}

/** [first, A, second, D] to [rows, A·D] */
function headsLast({ graph, config }: DecoderContext, mixed: Value): Value {
  const { heads: A, headSize: D } = config.decoder;
  return reshape(graph, transpose(graph, mixed, [0, 2, 1, 3]), [-1, A * D]);
}
