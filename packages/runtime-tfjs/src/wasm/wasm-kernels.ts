import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import type { Tensor, TensorFlow } from '../engine/tensorflow.js';
import type { Kernels } from '../operations/kernels.js';
import { encoderBase64 } from './encoder.wasm.js';

/** What is used of the wasm engine: the memory that its tensors lie in. */
interface WasmBackend {
  readonly wasm: { readonly asm?: { readonly memory?: WebAssembly.Memory } };
  readonly dataIdMap: { get(dataId: object): { readonly memoryOffset: number } };
  makeOutput(shape: number[], dtype: 'float32'): TensorInfo;
}

interface Exports {
  readonly gelu: (x: number, y: number, n: number) => void;
  readonly geluGradient: (x: number, dy: number, dx: number, n: number) => void;
  readonly layerNorm: (...given: number[]) => void;
  readonly layerNormGradient: (...given: number[]) => void;
}

const NAMES = ['gelu', 'geluGradient', 'layerNorm', 'layerNormGradient'] as const;
const kernelName = (name: (typeof NAMES)[number]): string => `Hashee${name[0].toUpperCase()}${name.slice(1)}`;

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
  const at = (tensor: TensorInfo | undefined): number =>
    tensor ? backend.dataIdMap.get(tensor.dataId).memoryOffset : 0;
  const size = (tensor: TensorInfo): number => tensor.shape.reduce((product, n) => product * n, 1);
  const output = (shape: number[]): TensorInfo => backend.makeOutput([...shape], 'float32');
  const config = (
    name: (typeof NAMES)[number],
    compute: (inputs: Record<string, TensorInfo>, attributes: Record<string, number>) => TensorInfo | TensorInfo[],
  ): KernelConfig => ({
    kernelName: kernelName(name),
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs }) =>
      compute(inputs as Record<string, TensorInfo>, (attrs ?? {}) as Record<string, number>),
  });
  return [
    config('gelu', ({ x }) => {
      const y = output(x.shape);
      exports.gelu(at(x), at(y), size(x));
      return y;
    }),
    config('geluGradient', ({ x, upstream }) => {
      const dx = output(x.shape);
      exports.geluGradient(at(x), at(upstream), at(dx), size(x));
      return dx;
    }),
    config('layerNorm', ({ a, b, weight, bias }, { epsilon }) => {
      const [rows, width] = a.shape;
      const [y, normalized, inverse] = [output(a.shape), output(a.shape), output([rows, 1])] as const;
      exports.layerNorm(
        ...[at(a), at(b), at(weight), at(bias), at(y), at(normalized), at(inverse), rows, width, epsilon],
      );
      return [y, normalized, inverse];
    }),
    config('layerNormGradient', ({ upstream, weight, normalized, inverse }) => {
      const [rows, width] = upstream.shape;
      const dx = output(upstream.shape);
      exports.layerNormGradient(at(upstream), at(weight), at(normalized), at(inverse), at(dx), rows, width);
      return dx;
    }),
  ];
}

/** GELU and LayerNorm, forward and back, in one go over the wasm engine's memory; all else as `plain` has it. */
export function wasmKernels(tf: TensorFlow, plain: Kernels): Kernels {
  const backend = tf.engine().findBackend('wasm') as unknown as WasmBackend;
  const exports = instantiate(backend);
  if (!exports) return plain;
  for (const config of kernelConfigs(backend, exports))
    if (!tf.getKernel(config.kernelName, 'wasm')) tf.registerKernel(config);
  const run = (name: (typeof NAMES)[number], inputs: Record<string, Tensor>, attributes = {}): Tensor[] => {
    const result: unknown = tf.engine().runKernel(kernelName(name), inputs, attributes);
    return (Array.isArray(result) ? result : [result]) as Tensor[];
  };
  const fits = ({ shape, size }: Tensor): boolean => shape.length === 2 && (size / (shape[0] ?? 1)) % 4 === 0;
  return {
    ...plain,
    activation: (x, kind) => (kind === 'gelu' ? run('gelu', { x })[0] : plain.activation(x, kind)),
    activationGradient: (upstream, x, kind) =>
      kind === 'gelu' ? run('geluGradient', { x, upstream })[0] : plain.activationGradient(upstream, x, kind),
    layerNorm(a, b, weight, bias, epsilon) {
      if (!fits(a)) return plain.layerNorm(a, b, weight, bias, epsilon);
      const inputs = b ? { a, b, weight, bias } : { a, weight, bias };
      const [value, normalized, inverseDeviation] = run('layerNorm', inputs, { epsilon });
      return { value, normalized, inverseDeviation };
    },
    layerNormGradient: (upstream, weight, normalized, inverse) =>
      fits(upstream)
        ? run('layerNormGradient', { upstream, weight, normalized, inverse })[0]
        : plain.layerNormGradient(upstream, weight, normalized, inverse),
  };
}
