/** What computes. `node-gpu` and `node` are TensorFlow's native library, the others run wherever JavaScript does. */
export type EngineName = 'node-gpu' | 'node' | 'webgpu' | 'webgl' | 'wasm' | 'cpu';

interface EngineDefinition {
  /** The npm package that brings it. */
  readonly package: string;
  /** Under which name that package registers itself with TensorFlow.js. */
  readonly backend: string;
  readonly platform: 'node' | 'browser' | 'any';
  /**
   * Rate of absorbed attention's per-head products over that of large products: multiply-accumulates of absorbed
   * attention count this many times. On wasm only products of two matrices reach the fast path, batches of them don't.
   */
  readonly absorbedPenalty: number;
  /** The same with kernels of ours, which have no gradients. */
  readonly raggedPenalty?: number;
}

/** Fastest first: the order in which `auto` tries. */
export const ENGINES: Readonly<Record<EngineName, EngineDefinition>> = {
  'node-gpu': {
    package: '@tensorflow/tfjs-node-gpu',
    backend: 'tensorflow',
    platform: 'node',
    absorbedPenalty: 1.25,
  },
  node: { package: '@tensorflow/tfjs-node', backend: 'tensorflow', platform: 'node', absorbedPenalty: 1.25 },
  webgpu: { package: '@tensorflow/tfjs-backend-webgpu', backend: 'webgpu', platform: 'browser', absorbedPenalty: 1.25 },
  webgl: { package: '@tensorflow/tfjs-backend-webgl', backend: 'webgl', platform: 'browser', absorbedPenalty: 1.25 },
  wasm: {
    package: '@tensorflow/tfjs-backend-wasm',
    backend: 'wasm',
    platform: 'any',
    absorbedPenalty: 16,
    raggedPenalty: 1.25,
  },
  cpu: { package: '@tensorflow/tfjs-backend-cpu', backend: 'cpu', platform: 'any', absorbedPenalty: 1 },
};

export const ENGINE_NAMES: readonly EngineName[] = Object.keys(ENGINES) as EngineName[];
