import type { SequenceToSequenceConfig } from '@hashee/core';
import { activation } from '../encoder/activation.js';
import { Graph, type Value } from '../graph/graph.js';
import {
  add,
  concat,
  fusedMatMul,
  gatherRows,
  layerNorm,
  linear,
  matMul,
  multiply,
  reshape,
  softmax,
  transpose,
} from '../graph/operators.js';
import { DECODER } from './decoder-inputs.js';

interface DecoderContext {
  readonly graph: Graph;
  readonly config: SequenceToSequenceConfig;
}

/** Keys and values of the encoder's states for all decoder layers, once for each batch. */
export function crossGraph(config: SequenceToSequenceConfig): Graph {
  const graph = new Graph();
  const context = { graph, config };
  const { heads: A, headSize: D, layers } = config.decoder;
  const states = graph.input(DECODER.states, 'float32', ['T', config.encoder.hiddenSize]);
  const places = graph.input(DECODER.places, 'int64', ['B', A, 'S']);
  const project = (name: string): Value =>
    gatherRows(graph, reshape(graph, map(context, name, states), [-1, D]), places);
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
  let x = embed(context);
  for (let layer = 1; layer <= config.decoder.layers; layer++) {
    x = attend(context, `layers.${layer}.self`, x, (q) => selfAttention(context, layer, x, q));
    x = attend(context, `layers.${layer}.cross`, x, (q) => crossAttention(context, layer, q));
    x = feedForward(context, layer, x);
  }
  if (lastOnly) x = gatherRows(graph, x, graph.input(DECODER.last, 'int64', ['R']));
  graph.output(map(context, 'vocabulary', x), DECODER.logits); // [R·N, V]
  return graph;
}

/** [R·N, H] */
function embed(context: DecoderContext): Value {
  const { graph, config } = context;
  const { hiddenSize: H, vocabSize: V } = config.encoder;
  const { positionOffset, maxLength, embeddingScale = 1 } = config.decoder;
  const table = graph.parameter('embeddings.word', [V, H]);
  let words = gatherRows(graph, table, graph.input(DECODER.inputIds, 'int64', ['RN']));
  if (embeddingScale !== 1) words = multiply(graph, words, graph.float(embeddingScale));
  const positions = gatherRows(
    graph,
    graph.parameter('decoder.embeddings.position', [positionOffset + maxLength, H]),
    graph.input(DECODER.positionIds, 'int64', ['RN']),
  );
  return norm(context, 'embeddings.norm', add(graph, words, positions));
}

/** An attention block: queries, mixing, output projection, residual, LayerNorm. [R·N, H] to [R·N, H] */
function attend(context: DecoderContext, name: string, x: Value, mix: (queries: Value) => Value): Value {
  const { graph } = context;
  const attended = map(context, `${name}.output`, mix(map(context, `${name}.query`, x)));
  return norm(context, `${name}.norm`, add(graph, x, attended));
}

/** @param q [R·N, A·D] @returns [R·N, A·D] */
function selfAttention(context: DecoderContext, layer: number, x: Value, q: Value): Value {
  const { graph, config } = context;
  const { heads: A, headSize: D } = config.decoder;
  const past = (name: string): Value => graph.input(name, 'float32', ['R', A, 'P', D]);
  const byHead = (rows: Value): Value => headsFirst(context, rows, DECODER.rowsShape); // [R, A, N, D]
  const name = `layers.${layer}.self`;
  const keys = concat(graph, [past(DECODER.pastKey(layer)), byHead(map(context, `${name}.key`, x))], 2);
  const values = concat(graph, [past(DECODER.pastValue(layer)), byHead(map(context, `${name}.value`, x))], 2);
  graph.output(keys, DECODER.presentKey(layer));
  graph.output(values, DECODER.presentValue(layer));
  const mask = graph.input(DECODER.causalMask, 'float32', ['N', 'PN']);
  return mixed(context, byHead(q), keys, values, mask);
}

/** @param q [R·N, A·D] @returns [R·N, A·D] */
function crossAttention(context: DecoderContext, layer: number, q: Value): Value {
  const { graph, config } = context;
  const { heads: A, headSize: D } = config.decoder;
  const keys = graph.input(DECODER.crossKey(layer), 'float32', ['B', A, 'S', D]);
  const values = graph.input(DECODER.crossValue(layer), 'float32', ['B', A, 'S', D]);
  const mask = graph.input(DECODER.sourceMask, 'float32', ['B', 1, 1, 'S']);
  return mixed(context, headsFirst(context, q, DECODER.sourcesShape), keys, values, mask);
}

/** `softmax(Q Kᵀ / √D + mask) V`, heads put side by side again. */
function mixed({ graph, config }: DecoderContext, q: Value, keys: Value, values: Value, mask: Value): Value {
  const { heads: A, headSize: D } = config.decoder;
  const scores = fusedMatMul(graph, q, keys, { transB: true, alpha: 1 / Math.sqrt(D) });
  const context = matMul(graph, softmax(graph, add(graph, scores, mask)), values);
  return reshape(graph, transpose(graph, context, [0, 2, 1, 3]), [-1, A * D]);
}

/** [rows, A·D] to [first, A, second, D] */
function headsFirst({ graph }: DecoderContext, rows: Value, shape: string): Value {
  return transpose(graph, graph.add('Reshape', [rows, graph.input(shape, 'int64', [4])]), [0, 2, 1, 3]);
}

function feedForward(context: DecoderContext, layer: number, x: Value): Value {
  const { graph, config } = context;
  const inner = activation(graph, config.decoder.activation, map(context, `layers.${layer}.up`, x));
  return norm(context, `layers.${layer}.norm`, add(graph, x, map(context, `layers.${layer}.down`, inner)));
}

/** A linear map of the decoder by its canonical name. */
function map({ graph, config }: DecoderContext, name: string, x: Value): Value {
  const { hiddenSize: H, vocabSize: V } = config.encoder;
  const { heads, headSize, intermediateSize: I } = config.decoder;
  const width = heads * headSize;
  const part = name.slice(name.lastIndexOf('.') + 1);
  const [outputs, inputs] =
    part === 'vocabulary'
      ? [V, H]
      : part === 'up'
        ? [I, H]
        : part === 'down'
          ? [H, I]
          : part === 'output'
            ? [H, width]
            : [width, H];
  const weight = graph.parameter(`decoder.${name}.weight`, [outputs, inputs]);
  return linear(graph, x, weight, graph.parameter(`decoder.${name}.bias`, [outputs]));
}

function norm({ graph, config }: DecoderContext, name: string, x: Value): Value {
  const H = config.encoder.hiddenSize;
  const weight = graph.parameter(`decoder.${name}.weight`, [H]);
  const bias = graph.parameter(`decoder.${name}.bias`, [H]);
  return layerNorm(graph, x, weight, bias, config.decoder.layerNormEpsilon);
}
