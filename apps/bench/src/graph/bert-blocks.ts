import { type EncoderConfig, HasheeError, type HeadConfig } from '@hashee/core';
import type { OnnxGraph, Value } from './onnx-graph.js';

/** Building blocks of BERT graphs over padded states [B, S, H], as an ordinary exporter writes them. */
export class BertBlocks {
  readonly #graph: OnnxGraph;
  readonly #config: EncoderConfig;
  /** Inputs of linear maps that were quantised already: value, scale, zero point. */
  readonly #quantized = new Map<Value, readonly [Value, Value, Value]>();

  /** @throws HasheeError `UNSUPPORTED` for other models than plain BERT */
  constructor(graph: OnnxGraph, config: EncoderConfig) {
    const { activation, embeddingSize, hiddenSize, typeVocabSize, heads, layerWeights } = config;
    const plain =
      activation === 'gelu' &&
      embeddingSize === hiddenSize &&
      typeVocabSize > 0 &&
      heads.every((count) => count === heads[0] && count > 0) &&
      layerWeights.every((set, i) => set === i + 1);
    if (!plain)
      throw new HasheeError(
        'UNSUPPORTED',
        `The peers' graphs are written for plain BERT (gelu, segments, layers of one size), not for ${config.modelType} with this configuration.`,
        { fields: { modelType: config.modelType, activation } },
      );
    this.#graph = graph;
    this.#config = config;
  }

  /** Ids [B, S] each to states [B, S, H]. */
  embeddings(ids: Value, positions: Value, segments: Value): Value {
    const graph = this.#graph;
    const word = graph.weights.entries.get('embeddings.word');
    let words = graph.add('Gather', [graph.weight('embeddings.word'), ids]);
    if (word?.type === 'int8') {
      const scales = graph.add('Gather', [graph.weight('embeddings.word.scales'), ids]);
      words = graph.add('Mul', [graph.add('Cast', [words], { to: 1 }), scales]);
    }
    const types = graph.add('Gather', [graph.weight('embeddings.type'), segments]);
    const places = graph.add('Gather', [graph.weight('embeddings.position'), positions]);
    return this.norm(graph.add('Add', [graph.add('Add', [words, types]), places]), 'embeddings.norm');
  }

  /** [B, S] of 0 and 1 to what is added to scores, [B, 1, 1, S]. */
  mask(attention: Value): Value {
    const graph = this.#graph;
    const keep = graph.add('Cast', [graph.add('Unsqueeze', [attention, graph.integers([1, 2])])], { to: 1 });
    return graph.add('Mul', [graph.add('Sub', [graph.float(1), keep]), graph.float(-3.4028234663852886e38)]);
  }

  /** One post-LayerNorm layer: states [B, Q, H] look at states [B, S, H]; new states [B, Q, H]. */
  layer(layer: number, queries: Value, states: Value, mask: Value): Value {
    const graph = this.#graph;
    const prefix = `layers.${layer}`;
    const query = this.#heads(this.linear(queries, `${prefix}.query`), [0, 2, 1, 3]);
    const key = this.#heads(this.linear(states, `${prefix}.key`), [0, 2, 3, 1]);
    const value = this.#heads(this.linear(states, `${prefix}.value`), [0, 2, 1, 3]);
    const scores = graph.add('Div', [
      graph.add('MatMul', [query, key]),
      graph.float(Math.fround(Math.sqrt(this.#config.headSize))),
    ]);
    const weights = graph.add('Softmax', [graph.add('Add', [scores, mask])], { axis: -1 });
    const mixed = graph.add('Transpose', [graph.add('MatMul', [weights, value])], { perm: [0, 2, 1, 3] });
    const context = graph.add('Reshape', [mixed, graph.integers([0, 0, this.#config.hiddenSize])]);
    const output = graph.add('Add', [this.linear(context, `${prefix}.output`), queries]);
    const attended = this.norm(output, `${prefix}.attentionNorm`);
    const inner = this.#gelu(this.linear(attended, `${prefix}.up`));
    return this.norm(graph.add('Add', [this.linear(inner, `${prefix}.down`), attended]), `${prefix}.norm`);
  }

  /** States [B, S, H], of which the first is read, to logits [B, C]. */
  logits(states: Value, head: HeadConfig): Value {
    const graph = this.#graph;
    const first = graph.add('Gather', [states, graph.integers([0], [])], { axis: 1 });
    const pooled = head.dense === 'none' ? first : graph.add('Tanh', [this.linear(first, `heads.${head.name}.dense`)]);
    return this.linear(pooled, `heads.${head.name}.classifier`);
  }

  /** x W + b; in 8 bits where the weight file has integers. */
  linear(input: Value, name: string): Value {
    const graph = this.#graph;
    const matrix = graph.weight(`${name}.weight.transposed`);
    const bias = graph.weight(`${name}.bias`);
    if (graph.weights.entries.get(matrix)?.type === 'float32')
      return graph.add('Add', [graph.add('MatMul', [input, matrix]), bias]);
    let quantized = this.#quantized.get(input);
    if (!quantized) {
      const [integers, scale, zero] = graph.addMany('DynamicQuantizeLinear', [input], 3);
      quantized = [integers, scale, zero];
      this.#quantized.set(input, quantized);
    }
    const [integers, scale, zero] = quantized;
    const sums = graph.add('Cast', [graph.add('MatMulInteger', [integers, matrix, zero])], { to: 1 });
    const scales = graph.add('Mul', [scale, graph.weight(`${name}.weight.scales`)]);
    return graph.add('Add', [graph.add('Mul', [sums, scales]), bias]);
  }

  norm(input: Value, name: string): Value {
    const inputs = [input, this.#graph.weight(`${name}.weight`), this.#graph.weight(`${name}.bias`)];
    return this.#graph.add('LayerNormalization', inputs, { axis: -1, epsilon: this.#config.layerNormEpsilon });
  }

  /** The exact one, in the form that runtimes know to fuse. */
  #gelu(input: Value): Value {
    const graph = this.#graph;
    const erf = graph.add('Erf', [graph.add('Div', [input, graph.float(Math.fround(Math.SQRT2))])]);
    const product = graph.add('Mul', [input, graph.add('Add', [erf, graph.float(1)])]);
    return graph.add('Mul', [product, graph.float(0.5)]);
  }

  #heads(states: Value, perm: readonly number[]): Value {
    const { heads, headSize } = this.#config;
    const split = this.#graph.add('Reshape', [states, this.#graph.integers([0, 0, heads[0], headSize])]);
    return this.#graph.add('Transpose', [split], { perm });
  }
}
