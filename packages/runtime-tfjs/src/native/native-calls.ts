import type { Tensor, TensorFlow } from '../engine/tensorflow.js';

interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: number | boolean;
}

/** What is used of TensorFlow's native library: its operations by their own names. */
export interface NativeBackend {
  executeSingleOutput(name: string, attributes: Attribute[], inputs: Tensor[]): Tensor;
  readonly binding: Readonly<Record<'TF_ATTR_TYPE' | 'TF_ATTR_BOOL' | 'TF_FLOAT' | 'TF_INT32', number>>;
}

/**
 * TensorFlow's operations on float32 tensors, called one by one without what TensorFlow.js does around each: a call costs near
 * 0.01 ms instead of 0.03, and what TensorFlow.js composes of several calls (means with casts, products with reshapes) is one.
 * They are on no tape and have no gradients.
 */
export class NativeCalls {
  /** `[1]`, the last axis. */
  readonly #last: Tensor;
  readonly #scalars = new Map<number, Tensor>();
  readonly #types: Readonly<Record<string, Attribute[]>>;
  /** By whether each side is transposed. */
  readonly #products: readonly (readonly Attribute[][])[];

  constructor(
    readonly tf: TensorFlow,
    readonly backend: NativeBackend,
  ) {
    const { TF_ATTR_TYPE, TF_ATTR_BOOL, TF_FLOAT, TF_INT32 } = backend.binding;
    const float = (name: string): Attribute => ({ name, type: TF_ATTR_TYPE, value: TF_FLOAT });
    const int = (name: string): Attribute => ({ name, type: TF_ATTR_TYPE, value: TF_INT32 });
    const flag = (name: string, value: boolean): Attribute => ({ name, type: TF_ATTR_BOOL, value });
    this.#types = {
      plain: [float('T')],
      reduce: [float('T'), int('Tidx'), flag('keep_dims', true)],
      reshape: [float('T'), int('Tshape')],
      transpose: [float('T'), int('Tperm')],
      slice: [float('T'), int('Index')],
      gather: [float('Tparams'), int('Tindices')],
    };
    const flags = [false, true];
    this.#products = flags.map((a) => flags.map((b) => [float('T'), flag('adj_x', a), flag('adj_y', b)]));
    this.#last = tf.keep(tf.tensor1d([-1], 'int32'));
  }

  /**
   * Of matrices, or of the last two axes; transposed where asked for. Not TensorFlow's MatMul for matrices, which is up to a tenth
   * faster: with libtensorflow 2.15 the process then ended with a corrupted heap whenever Node's profiler ran. The cause is unknown.
   */
  product(a: Tensor, b: Tensor, transposeA = false, transposeB = false): Tensor {
    const attributes = this.#products[Number(transposeA)][Number(transposeB)];
    return this.backend.executeSingleOutput('BatchMatMulV2', attributes, [a, b]);
  }

  /** x [m, k] times weight [k, n], or [n, k] transposed, plus bias [n]. */
  linear(x: Tensor, weight: Tensor, bias: Tensor, transposed = false): Tensor {
    const product = this.product(x, weight, false, transposed);
    const sum = this.add(product, bias);
    product.dispose();
    return sum;
  }

  add(a: Tensor, b: Tensor | number): Tensor {
    return this.#plain('AddV2', a, b);
  }

  subtract(a: Tensor, b: Tensor | number): Tensor {
    return this.#plain('Sub', a, b);
  }

  multiply(a: Tensor, b: Tensor | number): Tensor {
    return this.#plain('Mul', a, b);
  }

  erf(x: Tensor): Tensor {
    return this.#plain('Erf', x);
  }

  exp(x: Tensor): Tensor {
    return this.#plain('Exp', x);
  }

  square(x: Tensor): Tensor {
    return this.#plain('Square', x);
  }

  inverseRoot(x: Tensor): Tensor {
    return this.#plain('Rsqrt', x);
  }

  /** Over the last axis. */
  softmax(x: Tensor): Tensor {
    return this.#plain('Softmax', x);
  }

  /** Over the last axis, which becomes 1. */
  mean(x: Tensor): Tensor {
    return this.backend.executeSingleOutput('Mean', this.#types.reduce, [x, this.#last]);
  }

  /** Rows `indices` [k, 1] of x [n, w]. */
  rows(x: Tensor, indices: Tensor): Tensor {
    return this.backend.executeSingleOutput('GatherNd', this.#types.gather, [x, indices]);
  }

  /** The first m rows of x [n, w]. */
  firstRows(x: Tensor, m: number): Tensor {
    if (m === x.shape[0]) return x;
    const [from, size] = [this.#integers([0, 0]), this.#integers([m, -1])];
    return this.backend.executeSingleOutput('Slice', this.#types.slice, [x, from, size]);
  }

  reshape(x: Tensor, shape: readonly number[]): Tensor {
    return this.backend.executeSingleOutput('Reshape', this.#types.reshape, [x, this.#integers(shape)]);
  }

  transpose(x: Tensor, axes: readonly number[]): Tensor {
    return this.backend.executeSingleOutput('Transpose', this.#types.transpose, [x, this.#integers(axes)]);
  }

  #plain(name: string, ...inputs: (Tensor | number)[]): Tensor {
    const tensors = inputs.map((input) => (typeof input === 'number' ? this.#scalar(input) : input));
    return this.backend.executeSingleOutput(name, this.#types.plain, tensors);
  }

  #integers(values: readonly number[]): Tensor {
    return this.tf.tensor1d([...values], 'int32');
  }

  /** Kept for good: there are only a few, and they are those of the code. */
  #scalar(value: number): Tensor {
    let scalar = this.#scalars.get(value);
    if (!scalar) {
      scalar = this.tf.keep(this.tf.scalar(value, 'float32'));
      this.#scalars.set(value, scalar);
    }
    return scalar;
  }
}
