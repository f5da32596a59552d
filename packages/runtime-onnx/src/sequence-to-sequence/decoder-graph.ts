import type { SequenceToSequenceConfig } from '@hashee/core';
import { Graph, type Value } from '../graph/graph.js';
import { concat, gatherRows, reshape, transpose } from '../graph/operators.js';
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
 */
export function stepGraph(config: SequenceToSequenceConfig, lastOnly: boolean): Graph {
  const graph = new Graph();
  const context = { graph, config };
  const sum = decoderEmbeddingSum(
    context,
    graph.input(DECODER.inputIds, 'int64', ['RN']),
    graph.input(DECODER.positionIds, 'int64', ['RN']),
  );
  let x = decoderEmbeddingStates(context, sum);
  for (let layer = 1; layer <= config.decoder.layers; layer++) {
    const states = x;
    x = attend(context, layer, 'self', x, (q) => selfAttention(context, layer, states, q));
    x = attend(context, layer, 'cross', x, (q) => crossAttention(context, layer, q));
    x = decoderFeedForward(context, layer, x);
  }
  if (lastOnly) x = gatherRows(graph, x, graph.input(DECODER.last, 'int64', ['R']));
  graph.output(decoderMap(context, 'vocabulary', x), DECODER.logits); // [R·N, V]
  return graph;
}

/** @param q [R·N, A·D] @returns [R·N, A·D] */
function selfAttention(context: DecoderContext, layer: number, x: Value, q: Value): Value {
  const { graph, config } = context;
  const { heads: A, headSize: D } = config.decoder;
  const past = (name: string): Value => graph.input(name, 'float32', ['R', A, 'P', D]);
  const byHead = (rows: Value): Value => headsFirst(context, rows, DECODER.rowsShape); // [R, A, N, D]
  const name = `layers.${layer}.self`;
  const keys = concat(graph, [past(DECODER.pastKey(layer)), byHead(decoderMap(context, `${name}.key`, x))], 2);
  const values = concat(graph, [past(DECODER.pastValue(layer)), byHead(decoderMap(context, `${name}.value`, x))], 2);
  graph.output(keys, DECODER.presentKey(layer));
  graph.output(values, DECODER.presentValue(layer));
  const mask = graph.input(DECODER.causalMask, 'float32', ['N', 'PN']);
  return headsLast(context, mixHeads(context, { kind: 'self', layer }, { q: byHead(q), keys, values, mask }));
}

/** @param q [R·N, A·D] @returns [R·N, A·D] */
function crossAttention(context: DecoderContext, layer: number, q: Value): Value {
  const { graph, config } = context;
  const { heads: A, headSize: D } = config.decoder;
  const keys = graph.input(DECODER.crossKey(layer), 'float32', ['B', A, 'S', D]);
  const values = graph.input(DECODER.crossValue(layer), 'float32', ['B', A, 'S', D]);
  const mask = graph.input(DECODER.sourceMask, 'float32', ['B', 1, 1, 'S']);
  const queries = headsFirst(context, q, DECODER.sourcesShape);
  return headsLast(context, mixHeads(context, { kind: 'cross', layer }, { q: queries, keys, values, mask }));
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
