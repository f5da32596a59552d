import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import type { Tensor, TensorFlow } from '../engine/tensorflow.js';

/** What is used of the wasm engine: the memory that its tensors lie in. */
export interface WasmBackend {
  readonly wasm: { readonly asm?: { readonly memory?: WebAssembly.Memory } };
  readonly dataIdMap: { get(dataId: object): { readonly memoryOffset: number } };
  makeOutput(shape: number[], dtype: 'float32'): TensorInfo;
}

/** Functions of tooling/tfjs-kernels, where their parameters are described; arrays are given by their address. */
export type Exports = Readonly<
  Record<
    'gelu' | 'geluGradient' | 'layerNorm' | 'layerNormGradient' | 'attention' | 'product',
    (...given: number[]) => void
  >
>;

/** Tensors as those functions see them. */
export interface WasmMemory {
  /** Address; 0 for none. */
  at(tensor: TensorInfo | undefined): number;
  size(tensor: TensorInfo): number;
  /** Room for a result. */
  output(shape: readonly number[]): TensorInfo;
}

export function memoryOf(backend: WasmBackend): WasmMemory {
  return {
    at: (tensor) => (tensor ? backend.dataIdMap.get(tensor.dataId).memoryOffset : 0),
    size: ({ shape }) => shape.reduce((product, n) => product * n, 1),
    output: (shape) => backend.makeOutput([...shape], 'float32'),
  };
}

const prefixed = (name: string): string => `Hashee${name}`;

/** A kernel of ours for TensorFlow.js's registry, which counts and frees what it makes. */
export function defineKernel(
  name: string,
  compute: (inputs: Record<string, TensorInfo>, attributes: Record<string, number>) => TensorInfo | TensorInfo[],
): KernelConfig {
  return {
    kernelName: prefixed(name),
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs }) =>
      compute(inputs as Record<string, TensorInfo>, (attrs ?? {}) as Record<string, number>),
  };
}

export function runKernel(
  tf: TensorFlow,
  name: string,
  inputs: Record<string, Tensor>,
  attributes: Record<string, number> = {},
): Tensor[] {
  const result: unknown = tf.engine().runKernel(prefixed(name), inputs, attributes);
  return (Array.isArray(result) ? result : [result]) as Tensor[];
}
