import type { EngineName } from './engine-names.js';
import type { TensorFlow } from './tensorflow.js';

export async function importTensorFlow(): Promise<TensorFlow> {
  return named<TensorFlow>(await import('@tensorflow/tfjs-core'), 'engine');
}

/** Imports the package that registers an engine. Literal names, so that bundlers see those that can run in a browser. */
export async function importEngine(
  name: EngineName,
  wasmPaths: string | Readonly<Record<string, string>> | undefined,
): Promise<void> {
  switch (name) {
    case 'node':
    case 'node-gpu': {
      // Not a literal: bundlers for browsers have nothing to find here.
      const native = name === 'node' ? '@tensorflow/tfjs-node' : '@tensorflow/tfjs-node-gpu';
      // Without TensorFlow's notes about the processor; its warnings and errors still come.
      process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '1';
      await import(/* @vite-ignore */ /* webpackIgnore: true */ native);
      return;
    }
    case 'webgpu':
      await import('@tensorflow/tfjs-backend-webgpu');
      return;
    case 'webgl':
      await import('@tensorflow/tfjs-backend-webgl');
      return;
    case 'cpu':
      await import('@tensorflow/tfjs-backend-cpu');
      return;
    case 'wasm': {
      const { setWasmPaths } = named<typeof import('@tensorflow/tfjs-backend-wasm')>(
        await import('@tensorflow/tfjs-backend-wasm'),
        'setWasmPaths',
      );
      if (wasmPaths !== undefined) setWasmPaths(wasmPaths);
    }
  }
}

/** CommonJS packages have their names on the module or on its default, depending on who loads them. */
function named<T extends object>(module: object, name: string): T {
  return (name in module ? module : (module as { default: object }).default) as T;
}
