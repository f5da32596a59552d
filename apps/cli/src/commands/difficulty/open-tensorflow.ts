import type { TensorFlow } from '@hashee/difficulty/tensorflow';

/** CommonJS packages have their names on the module or on its default, depending on who loads them. */
function named<T extends object>(module: object, name: string): T {
  return (name in module ? module : (module as { default: object }).default) as T;
}

/** TensorFlow.js with its layers, on WebAssembly: for the predictors from words. */
export async function openTensorflow(): Promise<TensorFlow> {
  const core = named<TensorFlow['core']>(await import('@tensorflow/tfjs-core'), 'engine');
  core.env().set('PROD', true);
  await import('@tensorflow/tfjs-backend-wasm');
  const layers = named<TensorFlow['layers']>(await import('@tensorflow/tfjs-layers'), 'sequential');
  await core.setBackend('wasm');
  await core.ready();
  return { core, layers };
}
