import type { Activation } from '@hashee/core';
import type { EngineName } from '../engine/engine-names.js';
import type { Tensor, TensorFlow } from '../engine/tensorflow.js';
import { nativeKernels } from '../native/native-kernels.js';
import { wasmKernels } from '../wasm/wasm-kernels.js';
import { type Kernels, plainKernels } from './kernels.js';

/** Weight and bias of a linear map as an engine wants them. */
export interface LinearParameters {
  /** `[inputs, outputs]` */
  readonly transposed: Tensor;
  readonly bias: Tensor;
  /** `[outputs, inputs]`, where gradients are wanted. */
  readonly weight?: Tensor | undefined;
  readonly trains?: { readonly weight: boolean; readonly bias: boolean } | undefined;
}

export interface NormParameters {
  readonly weight: Tensor;
  readonly bias: Tensor;
  readonly trains?: { readonly weight: boolean; readonly bias: boolean } | undefined;
}

/** What an operation computes, and how its gradient goes back to each of its inputs. */
interface Differentiable {
  readonly value: Tensor;
  /** What the gradient needs of the way forward, of which all else is gone by then. */
  readonly saved?: Tensor[];
  readonly gradient: (upstream: Tensor, saved: Tensor[]) => Tensor[];
}

function kernelsOf(tf: TensorFlow, engine: EngineName): Kernels {
  if (engine === 'wasm') return wasmKernels(tf, plainKernels(tf));
  return engine === 'node' || engine === 'node-gpu' ? nativeKernels(tf, plainKernels(tf)) : plainKernels(tf);
}

/**
 * The operations that encoders are made of, each with a gradient of its own. TensorFlow.js's own gradients transpose inside
 * batched products and sum by segments, which its wasm engine does slowly or not at all.
 * Rows are picked and put with gatherND and scatterND, which copy whole rows on every engine.
 */
export class Operations {
  readonly kernels: Kernels;
  readonly #tf: TensorFlow;

  constructor(tf: TensorFlow, engine: EngineName) {
    this.#tf = tf;
    this.kernels = kernelsOf(tf, engine);
  }

  /** Y[m, n] = X[m, k]·W[n, k]ᵀ + b */
  linear(x: Tensor, parameters: LinearParameters): Tensor {
    const { linearTransposed, matMul, weightGradient } = this.kernels;
    const { bias, weight, trains } = parameters;
    const inputs = [x, ...(trains?.weight && weight ? [weight] : []), ...(trains?.bias ? [bias] : [])];
    return this.#define(inputs, () => {
      return {
        saved: [x],
        value:
          weight && linearTransposed
            ? linearTransposed(x, weight, bias)
            : this.kernels.linear(x, parameters.transposed, bias),
        gradient: (upstream, [x]) => {
          const gradients = [
            weight ? matMul(upstream, weight, false, false) : matMul(upstream, parameters.transposed, false, true),
          ];
          if (trains?.weight && weight) gradients.push(weightGradient(upstream, x));
          if (trains?.bias) gradients.push(this.kernels.sumRows(upstream));
          return gradients;
        },
      };
    });
  }

  /** LayerNorm over the last axis of a + b, both `[m, n]`, or of a alone. */
  layerNorm(a: Tensor, b: Tensor | undefined, parameters: NormParameters, epsilon: number): Tensor {
    const { weight, bias, trains } = parameters;
    const states = b ? [a, b] : [a];
    const inputs = [...states, ...(trains?.weight ? [weight] : []), ...(trains?.bias ? [bias] : [])];
    return this.#define(inputs, () => {
      const { value, normalized, inverseDeviation } = this.kernels.layerNorm(a, b, weight, bias, epsilon);
      return {
        value,
        saved: [normalized, inverseDeviation],
        gradient: (upstream, [normalized, inverseDeviation]) => {
          const gradient = this.kernels.layerNormGradient(upstream, weight, normalized, inverseDeviation);
          // Each input gets a tensor of its own: sums of gradients free their parts.
          const gradients = states.map((_, index) => (index === 0 ? gradient : this.#tf.clone(gradient)));
          if (trains?.weight) gradients.push(this.kernels.sumRows(this.#tf.mul(upstream, normalized)));
          if (trains?.bias) gradients.push(this.kernels.sumRows(upstream));
          return gradients;
        },
      };
    });
  }

  activation(x: Tensor, kind: Activation | 'tanh'): Tensor {
    return this.#define([x], () => {
      return {
        saved: [x],
        value: this.kernels.activation(x, kind),
        gradient: (upstream, [x]) => [this.kernels.activationGradient(upstream, x, kind)],
      };
    });
  }

  /** Rows `indices` [k, 1] of x [n, w]; a row may be picked more than once. */
  takeRows(x: Tensor, indices: Tensor): Tensor {
    const tf = this.#tf;
    return this.#define([x], () => {
      return {
        saved: [indices],
        value: tf.gatherND(x, indices),
        gradient: (upstream, [indices]) => [tf.scatterND(indices, upstream, x.shape)],
      };
    });
  }

  /** The first m rows of x [n, w]. */
  firstRows(x: Tensor, m: number): Tensor {
    const tf = this.#tf;
    const [n, width] = x.shape;
    if (m === n) return x;
    return this.#define([x], () => ({
      value: tf.slice(x, [0, 0], [m, width]),
      gradient: (upstream) => [tf.concat([upstream, tf.zeros([n - m, width])], 0)],
    }));
  }

  /** x [n, w] with its first m rows replaced by `rows` [m, w]. */
  replaceFirstRows(x: Tensor, rows: Tensor): Tensor {
    const tf = this.#tf;
    const [n, width] = x.shape;
    const m = rows.shape[0];
    if (m === n) return rows;
    return this.#define([x, rows], () => ({
      value: tf.concat([rows, tf.slice(x, [m, 0], [n - m, width])], 0),
      gradient: (upstream) => [
        tf.concat([tf.zeros([m, width]), tf.slice(upstream, [m, 0], [n - m, width])], 0),
        tf.slice(upstream, [0, 0], [m, width]),
      ],
    }));
  }

  /** Products of the last two axes, transposed where asked for. */
  matMul(a: Tensor, b: Tensor, transposeB = false): Tensor {
    const { matMul } = this.kernels;
    return this.#define([a, b], () => {
      return {
        saved: [a, b],
        value: matMul(a, b, false, transposeB),
        gradient: (upstream, [a, b]) => [
          matMul(upstream, b, false, !transposeB),
          transposeB ? matMul(upstream, a, true, false) : matMul(a, upstream, true, false),
        ],
      };
    });
  }

  /** softmax(scale·scores + mask) over the last axis; the mask is constant and broadcast. */
  softmax(scores: Tensor, mask: Tensor, scale: number): Tensor {
    const tf = this.#tf;
    return this.#define([scores], () => {
      const value = tf.softmax(tf.add(tf.mul(scores, tf.scalar(scale)), mask));
      return {
        value,
        saved: [value],
        gradient: (upstream, [p]) => {
          const weighted = tf.mul(upstream, p);
          const centred = tf.sub(weighted, tf.mul(p, tf.sum(weighted, -1, true)));
          return [tf.mul(centred, tf.scalar(scale))];
        },
      };
    });
  }

  /** The same values in another shape. */
  reshape(x: Tensor, shape: number[]): Tensor {
    const tf = this.#tf;
    return this.#define([x], () => ({
      value: tf.reshape(x, shape),
      gradient: (upstream) => [tf.reshape(upstream, x.shape)],
    }));
  }

  transpose(x: Tensor, axes: number[]): Tensor {
    const tf = this.#tf;
    const back = axes.map((_, axis) => axes.indexOf(axis));
    return this.#define([x], () => ({
      value: tf.transpose(x, axes),
      gradient: (upstream) => [tf.transpose(upstream, back)],
    }));
  }

  /** x [m, n] plus a bias [n]. */
  addBias(x: Tensor, bias: Tensor, trains: boolean): Tensor {
    const tf = this.#tf;
    return this.#define(trains ? [x, bias] : [x], () => ({
      value: tf.add(x, bias),
      gradient: (upstream) => [tf.clone(upstream), ...(trains ? [this.kernels.sumRows(upstream)] : [])],
    }));
  }

  /** Entry by entry with a constant of the same number of entries. */
  multiplyBy(x: Tensor, constant: Tensor): Tensor {
    const tf = this.#tf;
    return this.#define([x], () => {
      const factor = tf.reshape(constant, x.shape);
      return {
        value: tf.mul(x, factor),
        saved: [factor],
        gradient: (upstream, [factor]) => [tf.mul(upstream, factor)],
      };
    });
  }

  /** A bias [n] as m equal rows. */
  repeatRow(bias: Tensor, m: number, trains: boolean): Tensor {
    const tf = this.#tf;
    const value = (): Tensor => tf.add(tf.zeros([m, bias.shape[0]]), bias);
    if (!trains) return value();
    return this.#define([bias], () => ({
      value: value(),
      gradient: (upstream) => [this.kernels.sumRows(upstream)],
    }));
  }

  /** The value itself, whose gradient is multiplied by `scale`. */
  scaleGradient(x: Tensor, scale: number): Tensor {
    const tf = this.#tf;
    return this.#define([x], () => ({
      value: tf.clone(x),
      gradient: (upstream) => [tf.mul(upstream, tf.scalar(scale))],
    }));
  }

  /** The sum of two tensors of one shape. */
  add(a: Tensor, b: Tensor): Tensor {
    const tf = this.#tf;
    return this.#define([a, b], () => ({
      value: tf.add(a, b),
      gradient: (upstream) => [tf.clone(upstream), tf.clone(upstream)],
    }));
  }

  /** A scalar from several tensors with a gradient that is computed beside it. */
  scalar(inputs: Tensor[], compute: () => { value: Tensor; gradients: Tensor[] }): Tensor {
    const tf = this.#tf;
    return this.#define(inputs, () => {
      const { value, gradients } = compute();
      return {
        value,
        saved: gradients,
        gradient: (upstream, saved) => saved.map((gradient) => tf.mul(gradient, upstream)),
      };
    });
  }

  #define(inputs: Tensor[], compute: () => Differentiable): Tensor {
    return this.#tf.customGrad((...given: unknown[]) => {
      const save = given[given.length - 1] as (tensors: Tensor[]) => void;
      const { value, saved = [], gradient } = compute();
      // Only now: what was saved before a failure would never be freed.
      save(saved);
      return { value, gradFunc: gradient } as never;
    })(...inputs);
  }
}
