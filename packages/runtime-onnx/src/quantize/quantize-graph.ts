import type { WeightSource } from '@hashee/core';
import type { ElementType, Graph, GraphNode, Value } from '../graph/graph.js';
import { RowQuantizer, transposed } from './quantized-weights.js';
import type { StoredTensors } from './stored-tensors.js';

/** Matrices of fewer values stay as they are: there is little to gain. */
const SMALLEST = 1 << 14;

interface Settings {
  readonly weights: WeightSource;
  /** Use ONNX Runtime's fused operators. */
  readonly contrib: boolean;
  readonly reduceRange: boolean;
}

/**
 * Turns linear maps into 8-bit products: weights with a scale for each output, inputs quantised while running, by their range
 * in the whole batch. Rows of the word table become 8-bit integers with a scale each.
 */
export function quantizeGraph(graph: Graph, tensors: StoredTensors, settings: Settings): void {
  new GraphQuantizer(graph, tensors, settings).run();
}

class GraphQuantizer {
  readonly #graph: Graph;
  readonly #tensors: StoredTensors;
  readonly #settings: Settings;
  readonly #contrib: boolean;
  readonly #largest: number;
  readonly #quantizer: RowQuantizer;
  readonly #inputs = new Map<Value, readonly [integers: Value, scale: Value, zero: Value]>();

  constructor(graph: Graph, tensors: StoredTensors, settings: Settings) {
    const { weights, contrib, reduceRange } = settings;
    this.#settings = settings;
    this.#graph = graph;
    this.#tensors = tensors;
    this.#contrib = contrib;
    this.#largest = reduceRange ? 63 : 127;
    this.#quantizer = new RowQuantizer(weights);
  }

  run(): void {
    const nodes = this.#graph.nodes.splice(0);
    const uses = new Map<Value, number>();
    for (const node of nodes) if (this.#isLinear(node)) uses.set(node.inputs[0], (uses.get(node.inputs[0]) ?? 0) + 1);
    for (const node of nodes) {
      if (this.#isLinear(node)) this.#linear(node, (uses.get(node.inputs[0]) ?? 0) > 1);
      else if (this.#isWordTable(node)) this.#lookUp(node);
      else {
        for (const branch of node.branches ?? []) quantizeGraph(branch, this.#tensors, this.#settings);
        this.#graph.nodes.push(node);
      }
    }
  }

  #isLinear({ operator, attributes, inputs }: GraphNode): boolean {
    const weight = this.#graph.parameters.get(inputs[1]);
    return operator === 'Gemm' && attributes['transB'] === 1 && weight !== undefined && isLarge(weight.shape);
  }

  #isWordTable({ operator, inputs }: GraphNode): boolean {
    const table = this.#graph.parameters.get(inputs[0]);
    return operator === 'Gather' && table?.weight === 'embeddings.word' && isLarge(table.shape);
  }

  #linear({ inputs: [x, weight, bias], outputs }: GraphNode, shared: boolean): void {
    const parameter = this.#graph.parameters.get(weight)!;
    const [N, K] = parameter.shape;
    const largest = this.#largest;
    const rows = () => this.#quantizer.rows(parameter.weight, largest);
    const integers = this.#stored(`${parameter.weight}.q8`, 'int8', [K, N], async () =>
      transposed((await rows()).integers, N),
    );
    const scales = this.#stored(`${parameter.weight}.scale`, 'float32', [N], async () => (await rows()).scales);
    if (this.#contrib) {
      const [q, scale, zero] = shared ? this.#quantized(x) : [];
      this.#push(
        shared ? 'MatMulIntegerToFloat' : 'DynamicQuantizeMatMul',
        shared ? [q!, integers, scale!, scales, zero!, '', bias] : [x, integers, scales, '', bias],
        outputs,
        'com.microsoft',
      );
      return;
    }
    const [q, scale, zero] = this.#quantized(x);
    const product = this.#graph.add('MatMulInteger', [q, integers, zero]);
    const both = this.#graph.add('Mul', [scale, scales]);
    const scaled = this.#graph.add('Mul', [this.#graph.add('Cast', [product], { to: 1 }), both]);
    this.#push('Add', [scaled, bias], outputs);
  }

  #lookUp({ inputs: [table, ids], outputs }: GraphNode): void {
    const { weight, shape } = this.#graph.parameters.get(table)!;
    const rows = () => this.#quantizer.rows(weight, 127);
    const integers = this.#stored(`${weight}.q8`, 'int8', shape, async () => (await rows()).integers);
    const scales = this.#stored(`${weight}.scale`, 'float32', [shape[0], 1], async () => (await rows()).scales);
    const picked = this.#graph.add('Gather', [integers, ids], { axis: 0 });
    const scale = this.#graph.add('Gather', [scales, ids], { axis: 0 });
    this.#push('Mul', [this.#graph.add('Cast', [picked], { to: 1 }), scale], outputs);
  }

  #quantized(x: Value): readonly [integers: Value, scale: Value, zero: Value] {
    let made = this.#inputs.get(x);
    if (!made) {
      const [integers, scale, zero] = this.#graph.addMany('DynamicQuantizeLinear', [x], 3);
      made = [integers, scale, zero];
      this.#inputs.set(x, made);
    }
    return made;
  }

  #stored(
    name: string,
    type: ElementType,
    shape: readonly number[],
    read: () => Promise<Float32Array | Int8Array>,
  ): Value {
    this.#graph.parameters.set(name, { weight: name, shape, type });
    this.#tensors.add(name, read);
    return name;
  }

  #push(operator: string, inputs: readonly Value[], outputs: readonly Value[], domain: GraphNode['domain'] = ''): void {
    this.#graph.nodes.push({ operator, domain, inputs, outputs, attributes: {} });
  }
}

export function isLarge(shape: readonly number[]): boolean {
  return shape.length === 2 && shape[0] * shape[1] >= SMALLEST;
}
