import type { KernelConfig } from '@tensorflow/tfjs-core';
import type { Tensor, TensorFlow } from '../engine/tensorflow.js';
import type { Kernels } from '../operations/kernels.js';
import { encoderBase64 } from './encoder.wasm.js';
import { raggedConfigs, raggedKernels } from './ragged-kernels.js';
import { defineKernel, type Exports, memoryOf, runKernel, type WasmBackend } from './wasm-memory.js';

/** Our kernels on the memory of the wasm engine; undefined where they can't be joined to it (no SIMD, shared memory). */
function instantiate(backend: WasmBackend): Exports | undefined {
  const memory = backend.wasm.asm?.memory;
  if (!memory) return undefined;
  try {
    const bytes = Uint8Array.from(atob(encoderBase64), (character) => character.charCodeAt(0));
    return new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } }).exports as unknown as Exports;
  } catch {
    return undefined;
  }
}

function kernelConfigs(backend: WasmBackend, exports: Exports): KernelConfig[] {
  const { at, size, output } = memoryOf(backend);
  return [
    defineKernel('Gelu', ({ x }) => {
      const y = output(x.shape);
      exports.gelu(at(x), at(y), size(x));
      return y;
    }),
    defineKernel('GeluGradient', ({ x, upstream }) => {
      const dx = output(x.shape);
      exports.geluGradient(at(x), at(upstream), at(dx), size(x));
      return dx;
    }),
    defineKernel('LayerNorm', ({ a, b, weight, bias }, { epsilon }) => {
      const [rows, width] = a.shape;
      const [y, normalized, inverse] = [output(a.shape), output(a.shape), output([rows, 1])] as const;
      exports.layerNorm(
        ...[at(a), at(b), at(weight), at(bias), at(y), at(normalized), at(inverse), rows, width, epsilon],
      );
      return [y, normalized, inverse];
    }),
    defineKernel('LayerNormGradient', ({ upstream, weight, normalized, inverse }) => {
      const [rows, width] = upstream.shape;
      const dx = output(upstream.shape);
      exports.layerNormGradient(at(upstream), at(weight), at(normalized), at(inverse), at(dx), rows, width);
      return dx;
    }),
  ];
}

/** GELU, LayerNorm and attention in one go over the wasm engine's memory; all else as `plain` has it. */
export function wasmKernels(tf: TensorFlow, plain: Kernels): Kernels {
  const backend = tf.engine().findBackend('wasm') as unknown as WasmBackend;
  const exports = instantiate(backend);
  if (!exports) return plain;
  for (const config of [...kernelConfigs(backend, exports), ...raggedConfigs(backend, exports)])
    if (!tf.getKernel(config.kernelName, 'wasm')) tf.registerKernel(config);
  const fits = ({ shape, size }: Tensor): boolean => shape.length === 2 && (size / (shape[0] ?? 1)) % 4 === 0;
  return {
    ...plain,
    ragged: raggedKernels(tf),
    activation: (x, kind) => (kind === 'gelu' ? runKernel(tf, 'Gelu', { x })[0] : plain.activation(x, kind)),
    activationGradient: (upstream, x, kind) =>
      kind === 'gelu' ? runKernel(tf, 'GeluGradient', { x, upstream })[0] : plain.activationGradient(upstream, x, kind),
    layerNorm(a, b, weight, bias, epsilon) {
      if (!fits(a)) return plain.layerNorm(a, b, weight, bias, epsilon);
      const inputs = b ? { a, b, weight, bias } : { a, weight, bias };
      const [value, normalized, inverseDeviation] = runKernel(tf, 'LayerNorm', inputs, { epsilon });
      return { value, normalized, inverseDeviation };
    },
    layerNormGradient: (upstream, weight, normalized, inverse) =>
      fits(upstream)
        ? runKernel(tf, 'LayerNormGradient', { upstream, weight, normalized, inverse })[0]
        : plain.layerNormGradient(upstream, weight, normalized, inverse),
  };
}
