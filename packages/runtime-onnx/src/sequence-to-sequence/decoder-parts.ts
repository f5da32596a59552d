import { DECODER_POSITIONS, type SequenceToSequenceConfig, WORD_TABLE } from '@hashee/core';
import { activation } from '../encoder/activation.js';
import type { Graph, Value } from '../graph/graph.js';
import { add, fusedMatMul, gatherRows, layerNorm, linear, matMul, multiply, softmax } from '../graph/operators.js';

/** Where a decoder drops entries in training. */
export type DecoderDropoutSite =
  | { readonly kind: 'embeddings' }
  | { readonly kind: 'hidden' | 'activation' | 'self' | 'cross'; readonly layer: number };

/** What the builders of the decoder's parts share. */
export interface DecoderContext {
  readonly graph: Graph;
  readonly config: SequenceToSequenceConfig;
  /** Present in training graphs only. */
  readonly dropout?: ((value: Value, site: DecoderDropoutSite) => Value) | undefined;
}

function dropout(context: DecoderContext, value: Value, site: DecoderDropoutSite): Value {
  return context.dropout ? context.dropout(value, site) : value;
}

/** The sum of word and position rows, [N, H]. */
export function decoderEmbeddingSum({ graph, config }: DecoderContext, inputIds: Value, positionIds: Value): Value {
  const { hiddenSize: H, vocabSize: V } = config.encoder;
  const { positionOffset, maxLength, embeddingScale = 1 } = config.decoder;
  let words = gatherRows(graph, graph.parameter(WORD_TABLE, [V, H]), inputIds);
  if (embeddingScale !== 1) words = multiply(graph, words, graph.float(embeddingScale));
  const table = graph.parameter(DECODER_POSITIONS, [positionOffset + maxLength, H]);
  return add(graph, words, gatherRows(graph, table, positionIds));
}

/** From the sum of rows to the states below layer 1, [N, H]. */
export function decoderEmbeddingStates(context: DecoderContext, sum: Value): Value {
  return dropout(context, decoderNorm(context, 'embeddings.norm', sum), { kind: 'embeddings' });
}

/**
 * An attention block: queries, mixing, output projection, residual, LayerNorm. [m, H] to [m, H]
 * @param mix the queries [m, A·D] to the heads' answers [m, A·D]
 */
export function attend(
  context: DecoderContext,
  layer: number,
  kind: 'self' | 'cross',
  x: Value,
  mix: (queries: Value) => Value,
): Value {
  const { graph } = context;
  const name = `layers.${layer}.${kind}`;
  const mixed = mix(decoderMap(context, `${name}.query`, x));
  const attended = dropout(context, decoderMap(context, `${name}.output`, mixed), { kind: 'hidden', layer });
  return decoderNorm(context, `${name}.norm`, add(graph, x, attended));
}

/**
 * `softmax(Q Kᵀ / √D + mask) V`
 * @param q [..., A, Q, D]
 * @param keys [..., A, S, D], as the values
 * @returns [..., A, Q, D]
 */
export function mixHeads(
  context: DecoderContext,
  site: { readonly kind: 'self' | 'cross'; readonly layer: number },
  { q, keys, values, mask }: { readonly q: Value; readonly keys: Value; readonly values: Value; readonly mask: Value },
): Value {
  const { graph, config } = context;
  const scores = fusedMatMul(graph, q, keys, { transB: true, alpha: 1 / Math.sqrt(config.decoder.headSize) });
  return matMul(graph, dropout(context, softmax(graph, add(graph, scores, mask)), site), values);
}

/** Feed-forward, residual, LayerNorm. [m, H] to [m, H] */
export function decoderFeedForward(context: DecoderContext, layer: number, x: Value): Value {
  const { graph, config } = context;
  const up = activation(graph, config.decoder.activation, decoderMap(context, `layers.${layer}.up`, x));
  const inner = dropout(context, up, { kind: 'activation', layer });
  const fed = dropout(context, decoderMap(context, `layers.${layer}.down`, inner), { kind: 'hidden', layer });
  return decoderNorm(context, `layers.${layer}.norm`, add(graph, x, fed));
}

/** A linear map of the decoder by its canonical name. */
export function decoderMap({ graph, config }: DecoderContext, name: string, x: Value): Value {
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

function decoderNorm({ graph, config }: DecoderContext, name: string, x: Value): Value {
  const H = config.encoder.hiddenSize;
  const weight = graph.parameter(`decoder.${name}.weight`, [H]);
  const bias = graph.parameter(`decoder.${name}.bias`, [H]);
  return layerNorm(graph, x, weight, bias, config.decoder.layerNormEpsilon);
}
