import type { Activation } from '@hashee/core';
import type { Tensor, Tensor2D, TensorFlow } from '../engine/tensorflow.js';
import type { NativeCalls } from '../native/native-calls.js';

/** The computations for which an engine may have something better than a chain of TensorFlow.js operations. */
export interface Kernels {
  /** x [m, k] times weight [k, n] plus bias [n]. */
  linear(x: Tensor, weight: Tensor, bias: Tensor): Tensor;
  activation(x: Tensor, kind: Activation | 'tanh'): Tensor;
  activationGradient(upstream: Tensor, x: Tensor, kind: Activation | 'tanh'): Tensor;
  /** LayerNorm of a + b with what its gradient needs: the normalised rows `[m, n]` and 1/deviation `[m, 1]`. */
  layerNorm(
    a: Tensor,
    b: Tensor | undefined,
    weight: Tensor,
    bias: Tensor,
    epsilon: number,
  ): { value: Tensor; normalized: Tensor; inverseDeviation: Tensor };
  layerNormGradient(upstream: Tensor, weight: Tensor, normalized: Tensor, inverseDeviation: Tensor): Tensor;
  /** `[m, n]` to `[n]` */
  sumRows(x: Tensor): Tensor;
  /** Products of the last two axes, transposed where asked for. */
  matMul(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor;
  /** x [m, k] times weight [n, k] transposed plus bias [n], where an engine needs no transposed copy for it. */
  linearTransposed?(x: Tensor, weight: Tensor, bias: Tensor): Tensor;
  /** upstream [m, n] transposed times x [m, k]. */
  weightGradient(upstream: Tensor, x: Tensor): Tensor;
  /** Where an engine has them. */
  readonly ragged?: RaggedKernels | undefined;
  readonly native?: NativeCalls | undefined;
}

/** Which rows belong to each sequence: `rows` of one sequence after the other, `offsets` `[B + 1]`; both int32. */
export interface SequenceRows {
  readonly rows: Tensor;
  readonly offsets: Tensor;
}

/** Attention over sequences of any lengths without padding; it has no gradients. */
export interface RaggedKernels {
  /** Whether rows of so many values can be computed. */
  fits(width: number): boolean;
  /**
   * softmax(scale Q Kᵀ) V for each head.
   * @param q [m, A·D], k and v [T, A·D]; with `shared` keys q is [A·m, W], head by head, and k and v [T, W] are those of all heads
   * @param longest keys of a sequence
   * @returns as q
   */
  attention(
    inputs: { readonly q: Tensor; readonly k: Tensor; readonly v: Tensor },
    queries: SequenceRows,
    keys: SequenceRows,
    settings: { readonly heads: number; readonly shared: boolean; readonly longest: number; readonly scale: number },
  ): Tensor;
  /** Q_h W_h for each head h: q [m, A·D] and weight [A·D, H] to [A·m, H], head by head. */
  spreadHeads(q: Tensor, weight: Tensor, heads: number): Tensor;
  /** X_h W_h + b_h for each head h: x [A·m, H], head by head, and weight [H, A·D] to [m, A·D]. */
  joinHeads(x: Tensor, weight: Tensor, bias: Tensor, heads: number): Tensor;
}

const TANH_SCALE = Math.sqrt(2 / Math.PI);
const TANH_CUBE = 0.044715;

/** Every computation as TensorFlow.js operations, for engines without kernels of ours. */
export function plainKernels(tf: TensorFlow): Kernels {
  const normal = (x: Tensor): Tensor => tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);
  const inner = (x: Tensor): Tensor =>
    tf.tanh(tf.mul(tf.add(x, tf.mul(tf.mul(tf.square(x), x), TANH_CUBE)), TANH_SCALE));
  const one = (x: Tensor): Tensor => tf.sub(1, tf.square(x));
  return {
    linear: (a, b, bias) => tf.fused.matMul({ a: a as Tensor2D, b: b as Tensor2D, bias }),

    activation(x, kind) {
      switch (kind) {
        case 'gelu':
          return tf.mul(x, normal(x));
        case 'gelu_tanh':
          return tf.mul(tf.mul(x, 0.5), tf.add(inner(x), 1));
        case 'relu':
          return tf.relu(x);
        case 'tanh':
          return tf.tanh(x);
      }
    },

    activationGradient(upstream, x, kind) {
      switch (kind) {
        case 'gelu': {
          const density = tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
          return tf.mul(upstream, tf.add(normal(x), tf.mul(x, density)));
        }
        case 'gelu_tanh': {
          const t = inner(x);
          const slope = tf.mul(tf.add(tf.mul(tf.square(x), 3 * TANH_CUBE), 1), TANH_SCALE);
          const half = tf.mul(tf.mul(tf.mul(x, 0.5), one(t)), slope);
          return tf.mul(upstream, tf.add(tf.mul(tf.add(t, 1), 0.5), half));
        }
        case 'relu':
          return tf.mul(upstream, tf.step(x));
        case 'tanh':
          return tf.mul(upstream, one(tf.tanh(x)));
      }
    },

    layerNorm(a, b, weight, bias, epsilon) {
      const x = b ? tf.add(a, b) : a;
      const centred = tf.sub(x, tf.mean(x, -1, true));
      const inverseDeviation = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), epsilon));
      const normalized = tf.mul(centred, inverseDeviation);
      return { value: tf.add(tf.mul(normalized, weight), bias), normalized, inverseDeviation };
    },

    layerNormGradient(upstream, weight, normalized, inverseDeviation) {
      const g = tf.mul(upstream, weight);
      const along = tf.mul(normalized, tf.mean(tf.mul(g, normalized), -1, true));
      return tf.mul(tf.sub(tf.sub(g, tf.mean(g, -1, true)), along), inverseDeviation);
    },

    matMul: (a, b, transposeA, transposeB) => tf.matMul(a, b, transposeA, transposeB),

    weightGradient: (upstream, x) => tf.matMul(tf.transpose(upstream) as Tensor2D, x as Tensor2D),

    // A product with a row of ones: sums over the first axis are slow on wasm.
    sumRows(x) {
      const [m, n] = x.shape;
      return tf.reshape(tf.matMul(tf.ones([1, m]) as Tensor2D, x as Tensor2D), [n]);
    },
  };
}
