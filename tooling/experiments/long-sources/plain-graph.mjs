// The encoder as others export it: padded, every token in every layer, plain operators that ONNX Runtime fuses as it likes.
import { basename } from 'node:path';
import onnxProto from 'onnx-proto';

const { onnx } = onnxProto;
const FLOAT = 1;
const INT64 = 7;

/** @typedef {string} Value name of a tensor */

/** Nodes and tensors of a graph under construction. */
class PlainGraph {
  /** @type {import('onnx-proto').onnx.INodeProto[]} */
  nodes = [];
  /** @type {Map<string, import('onnx-proto').onnx.ITensorProto>} */
  tensors = new Map();

  /** @param {import('@hashee/core').WeightSource} weights whose tensors lie in one file as F32 */
  constructor(weights) {
    this.weights = weights;
  }

  /** @param {string} operator @param {Value[]} inputs @param {Record<string, number | number[]>} [attributes] @returns {Value} */
  add(operator, inputs, attributes = {}) {
    const output = `${operator}_${this.nodes.length}`;
    const attribute = Object.entries(attributes).map(([name, value]) => {
      const { AttributeType } = onnx.AttributeProto;
      if (Array.isArray(value)) return { name, type: AttributeType.INTS, ints: value };
      return name === 'epsilon'
        ? { name, type: AttributeType.FLOAT, f: value }
        : { name, type: AttributeType.INT, i: value };
    });
    this.nodes.push({ opType: operator, input: inputs, output: [output], name: output, attribute });
    return output;
  }

  /** A tensor of the weights, mapped where it lies. @param {string} name @returns {Value} */
  weight(name) {
    const location = this.weights.location?.(name);
    if (!location) throw new TypeError(`The tensor ${name} doesn't lie in a file as F32.`);
    this.tensors.set(name, {
      ...{ name, dims: [...this.weights.shape(name)], dataType: FLOAT },
      dataLocation: onnx.TensorProto.DataLocation.EXTERNAL,
      externalData: [
        { key: 'location', value: basename(location.path) },
        { key: 'offset', value: String(location.byteOffset) },
        { key: 'length', value: String(location.byteLength) },
      ],
    });
    return name;
  }

  /** @param {readonly number[]} values @param {readonly number[]} [dims] @returns {Value} */
  integers(values, dims = [values.length]) {
    const name = `int64_${dims.length}_${values.join('_')}`;
    this.tensors.set(name, {
      ...{ name, dims: [...dims], dataType: INT64 },
      rawData: new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
    });
    return name;
  }

  /** @param {number} value @returns {Value} */
  float(value) {
    const name = `float_${value}`;
    this.tensors.set(name, { name, dims: [], dataType: FLOAT, rawData: new Uint8Array(Float32Array.of(value).buffer) });
    return name;
  }
}

/**
 * `input_ids`, `attention_mask` [B, S] to `hidden` [B, S, H]; post-LayerNorm, gelu, learned positions, no segments.
 * @param {import('@hashee/core').EncoderConfig} config
 * @param {import('@hashee/core').WeightSource} weights
 * @returns {Uint8Array} a model whose tensors lie in the file of the weights
 */
export function plainGraph(config, weights) {
  const graph = new PlainGraph(weights);
  const { layers, headSize: D, heads, hiddenSize: H, positionOffset, layerNormEpsilon: epsilon } = config;
  /** @param {Value} x @param {string} name */
  const linear = (x, name) => {
    const matrix = graph.add('Transpose', [graph.weight(`${name}.weight`)], { perm: [1, 0] });
    return graph.add('Add', [graph.add('MatMul', [x, matrix]), graph.weight(`${name}.bias`)]);
  };
  /** @param {Value} x @param {string} name */
  const norm = (x, name) =>
    graph.add('LayerNormalization', [x, graph.weight(`${name}.weight`), graph.weight(`${name}.bias`)], {
      axis: -1,
      epsilon,
    });
  /** @param {Value} x @param {number[]} perm */
  const split = (x, perm) =>
    graph.add('Transpose', [graph.add('Reshape', [x, graph.integers([0, 0, heads[0], D])])], { perm });

  const length = graph.add('Gather', [graph.add('Shape', ['input_ids']), graph.integers([1], [])], { axis: 0 });
  const range = graph.add('Range', [graph.integers([0], []), length, graph.integers([1], [])]);
  const places = graph.add('Gather', [
    graph.weight('embeddings.position'),
    graph.add('Add', [range, graph.integers([positionOffset], [])]),
  ]);
  const words = graph.add('Gather', [graph.weight('embeddings.word'), 'input_ids']);
  let x = norm(graph.add('Add', [words, places]), 'embeddings.norm');
  const keep = graph.add('Cast', [graph.add('Unsqueeze', ['attention_mask', graph.integers([1, 2])])], { to: FLOAT });
  const mask = graph.add('Mul', [graph.add('Sub', [graph.float(1), keep]), graph.float(-3.4028234663852886e38)]);
  for (let layer = 1; layer <= layers; layer++) {
    const name = `layers.${layer}`;
    const query = split(linear(x, `${name}.query`), [0, 2, 1, 3]);
    const key = split(linear(x, `${name}.key`), [0, 2, 3, 1]);
    const value = split(linear(x, `${name}.value`), [0, 2, 1, 3]);
    const scores = graph.add('Div', [graph.add('MatMul', [query, key]), graph.float(Math.sqrt(D))]);
    const probabilities = graph.add('Softmax', [graph.add('Add', [scores, mask])], { axis: -1 });
    const mixed = graph.add('Transpose', [graph.add('MatMul', [probabilities, value])], { perm: [0, 2, 1, 3] });
    const joined = graph.add('Reshape', [mixed, graph.integers([0, 0, H])]);
    const y = norm(graph.add('Add', [linear(joined, `${name}.output`), x]), `${name}.attentionNorm`);
    const inner = linear(y, `${name}.up`);
    const error = graph.add('Erf', [graph.add('Div', [inner, graph.float(Math.SQRT2)])]);
    const gelu = graph.add('Mul', [
      graph.add('Mul', [inner, graph.add('Add', [error, graph.float(1)])]),
      graph.float(0.5),
    ]);
    x = norm(graph.add('Add', [linear(gelu, `${name}.down`), y]), `${name}.norm`);
  }
  graph.nodes.push({ opType: 'Identity', input: [x], output: ['hidden'], name: 'hidden' });
  /** @param {string} name @param {number} elemType @param {(string | number)[]} dims */
  const info = (name, elemType, dims) => ({
    name,
    type: {
      tensorType: {
        elemType,
        shape: { dim: dims.map((dim) => (typeof dim === 'number' ? { dimValue: dim } : { dimParam: dim })) },
      },
    },
  });
  const model = onnx.ModelProto.create({
    ...{ irVersion: 8, producerName: 'hashee-experiments', opsetImport: [{ domain: '', version: 17 }] },
    graph: {
      ...{ name: 'encoder', node: graph.nodes, initializer: [...graph.tensors.values()] },
      input: ['input_ids', 'attention_mask'].map((name) => info(name, INT64, ['batch', 'sequence'])),
      output: [info('hidden', FLOAT, ['batch', 'sequence', H])],
    },
  });
  return onnx.ModelProto.encode(model).finish();
}
