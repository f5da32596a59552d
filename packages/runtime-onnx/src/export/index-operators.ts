import type { Graph, Value } from '../graph/graph.js';

/** ONNX's number of an element type, as Cast takes it. */
const CAST = { float32: 1, int64: 7, bool: 9 } as const;

/** Integer arithmetic on index tensors inside a graph. */
export class IndexOperators {
  readonly #graph: Graph;
  readonly #opset: number;

  constructor(graph: Graph, opset: number) {
    this.#graph = graph;
    this.#opset = opset;
  }

  cast(x: Value, type: keyof typeof CAST): Value {
    return this.#graph.add('Cast', [x], { to: CAST[type] });
  }

  add(a: Value, b: Value | number): Value {
    return this.#graph.add('Add', [a, this.#operand(b)]);
  }

  multiply(a: Value, b: Value | number): Value {
    return this.#graph.add('Mul', [a, this.#operand(b)]);
  }

  /** Rounds towards zero. */
  divide(a: Value, b: Value): Value {
    return this.#graph.add('Div', [a, b]);
  }

  minimum(a: Value, b: Value): Value {
    return this.#graph.add('Min', [a, b]);
  }

  /** Running sum along an axis; `before` leaves out the element itself. */
  runningSum(x: Value, axis: number, before = false): Value {
    return this.#graph.add('CumSum', [x, this.#graph.integers([axis], [])], { exclusive: before ? 1 : 0 });
  }

  /** The axis goes away. */
  sum(x: Value, axis: number): Value {
    return this.#graph.add('ReduceSum', [x, this.#graph.integers([axis])], { keepdims: 0 });
  }

  /** The axis goes away. */
  maximum(x: Value, axis: number): Value {
    return this.#opset < 18
      ? this.#graph.add('ReduceMax', [x], { axes: [axis], keepdims: 0 })
      : this.#graph.add('ReduceMax', [x, this.#graph.integers([axis])], { keepdims: 0 });
  }

  /** Indices of what is true, in order: [axes, count]. */
  whereTrue(x: Value): Value {
    return this.#graph.add('NonZero', [x]);
  }

  gather(data: Value, indices: Value): Value {
    return this.#graph.add('Gather', [data, indices], { axis: 0 });
  }

  /** Size of an axis, [1]. */
  size(x: Value, axis: number): Value {
    return this.#graph.add('Shape', [x], { start: axis, end: axis + 1 });
  }

  /** 0 .. count - 1; `count` is one number, [] or [1] */
  range(count: Value): Value {
    const limit = this.#graph.add('Squeeze', [count]);
    return this.#graph.add('Range', [this.#graph.integers([0], []), limit, this.#graph.integers([1], [])]);
  }

  flat(x: Value): Value {
    return this.reshape(x, [-1]);
  }

  reshape(x: Value, shape: readonly number[]): Value {
    return this.#graph.add('Reshape', [x, this.#graph.integers(shape)]);
  }

  unsqueeze(x: Value, axis: number): Value {
    return this.#graph.add('Unsqueeze', [x, this.#graph.integers([axis])]);
  }

  /** Parts of the given sizes along axis 0. */
  split(x: Value, sizes: Value, count: number): Value[] {
    if (count === 1) return [x];
    return this.#graph.addMany('Split', [x, sizes], count, { axis: 0 });
  }

  concat(parts: readonly Value[]): Value {
    return this.#graph.add('Concat', parts, { axis: 0 });
  }

  #operand(value: Value | number): Value {
    return typeof value === 'number' ? this.#graph.integers([value], []) : value;
  }
}
