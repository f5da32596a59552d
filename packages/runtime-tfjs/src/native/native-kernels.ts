import type { Tensor, TensorFlow } from '../engine/tensorflow.js';
import type { Kernels } from '../operations/kernels.js';
import { type NativeBackend, NativeCalls } from './native-calls.js';

const calls = new WeakMap<TensorFlow, NativeCalls>();

/** One set for each copy of TensorFlow.js: its constants stay on the engine. */
function callsOf(tf: TensorFlow): NativeCalls | undefined {
  const known = calls.get(tf);
  if (known) return known;
  const backend = tf.engine().findBackend('tensorflow') as Partial<NativeBackend> | null;
  if (typeof backend?.executeSingleOutput !== 'function' || !backend.binding) return undefined;
  const made = new NativeCalls(tf, backend as NativeBackend);
  calls.set(tf, made);
  return made;
}

/** For TensorFlow's native library: the same computations in fewer and cheaper calls. */
export function nativeKernels(tf: TensorFlow, plain: Kernels): Kernels {
  const native = callsOf(tf);
  if (!native) return plain;
  return {
    ...plain,
    native,
    linear: (x, weight, bias) => native.linear(x, weight, bias),
    linearTransposed: (x, weight, bias) => native.linear(x, weight, bias, true),
    matMul: (a, b, transposeA, transposeB) => native.product(a, b, transposeA, transposeB),
    weightGradient: (upstream, x) => native.product(upstream, x, true),

    activation(x, kind) {
      if (kind !== 'gelu') return plain.activation(x, kind);
      const half = native.multiply(x, 0.5);
      return native.add(half, native.multiply(half, native.erf(native.multiply(x, Math.SQRT1_2))));
    },

    activationGradient(upstream, x, kind) {
      if (kind !== 'gelu') return plain.activationGradient(upstream, x, kind);
      const normal = native.multiply(native.add(native.erf(native.multiply(x, Math.SQRT1_2)), 1), 0.5);
      const density = native.multiply(native.exp(native.multiply(native.square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
      return native.multiply(upstream, native.add(normal, native.multiply(x, density)));
    },

    layerNorm: (a, b, weight, bias, epsilon) =>
      nativeLayerNorm(native, b ? native.add(a, b) : a, weight, bias, epsilon),

    layerNormGradient(upstream, weight, normalized, inverseDeviation) {
      const g = native.multiply(upstream, weight);
      const along = native.multiply(normalized, native.mean(native.multiply(g, normalized)));
      return native.multiply(native.subtract(native.subtract(g, native.mean(g)), along), inverseDeviation);
    },
  };
}

/** LayerNorm of the rows of x `[m, n]`; see `Kernels.layerNorm`. */
export function nativeLayerNorm(
  native: NativeCalls,
  x: Tensor,
  weight: Tensor,
  bias: Tensor,
  epsilon: number,
): { value: Tensor; normalized: Tensor; inverseDeviation: Tensor } {
  const centred = native.subtract(x, native.mean(x));
  const inverseDeviation = native.inverseRoot(native.add(native.mean(native.square(centred)), epsilon));
  const normalized = native.multiply(centred, inverseDeviation);
  return { value: native.add(native.multiply(normalized, weight), bias), normalized, inverseDeviation };
}
