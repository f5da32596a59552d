import { type WeightSource, WORD_TABLE } from '@hashee/core';
import type { ElementType, Graph, GraphNode, Value } from '../graph/graph.js';
import { foldedTensors, HEADS, type HeadsOf, valueTensor } from './quantized-heads.js';
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
      else if (this.#contrib && this.#isHeads(node)) this.#heads(node);
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

  /** The weights of each head apart, as absorbed attention takes them. */
  #isHeads({ operator, attributes, inputs }: GraphNode): boolean {
    const shape = this.#graph.parameters.get(inputs[1])?.shape;
    if (operator !== 'FusedMatMul' || shape?.length !== 3 || !isLarge([shape[0] * shape[1], shape[2]])) return false;
    return (attributes['alpha'] as { readonly float: number }).float === 1;
  }

  #isWordTable({ operator, inputs }: GraphNode): boolean {
    const table = this.#graph.parameters.get(inputs[0]);
    return operator === 'Gather' && table?.weight === WORD_TABLE && isLarge(table.shape);
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

  #heads({ inputs: [x, weight], outputs, attributes }: GraphNode): void {
    const parameter = this.#graph.parameters.get(weight)!;
    const [heads, size, H] = parameter.shape;
    const of: HeadsOf = { heads, size, largest: this.#largest };
    const folds = attributes['transB'] !== 1;
    const stored = folds
      ? foldedTensors(this.#quantizer, parameter.weight, of)
      : [valueTensor(this.#quantizer, parameter.weight, of)];
    for (const { name, read } of stored) this.#tensors.add(name, read);
    const scale = folds ? `${HEADS.folded(parameter.weight)}.scale` : `${parameter.weight}.scale`;
    const integers = this.#parameter(stored[0].name, 'int8', folds ? [heads, size, H] : [heads, H, size]);
    const scales = this.#parameter(scale, 'float32', [heads, 1, folds ? H : size]);
    const [q, step, zero] = this.#quantized(x);
    const apart = attributes['transBatchA'] === 1 ? this.#graph.add('Transpose', [q], { perm: [1, 0, 2] }) : q;
    this.#push('MatMulIntegerToFloat', [apart, integers, step, scales, zero], outputs, 'com.microsoft');
  }

  #parameter(weight: string, type: ElementType, shape: readonly number[]): Value {
    const name = `${weight}[${shape.join(',')}]`;
    this.#graph.parameters.set(name, { weight, shape, type });
    return name;
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
