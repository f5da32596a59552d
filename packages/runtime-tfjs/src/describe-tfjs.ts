import { chooseEngine, type RefusedEngine } from './engine/choose-engine.js';
import { ENGINES, type EngineName } from './engine/engine-names.js';
import { type TfjsOptions, validateTfjsOptions } from './tfjs.js';

/** Which engine computes, and why not a faster one: what has to stand beside every measurement. */
export interface TfjsDescription {
  readonly engine: EngineName;
  /** The package that brings the engine. */
  readonly package: string;
  /** Version of TensorFlow.js. */
  readonly version: string;
  /** Engines that `auto` tried before, fastest first. */
  readonly refused: readonly RefusedEngine[];
  /** Features of the engine that decide its speed, such as SIMD. */
  readonly features: Readonly<Record<string, unknown>>;
}

/** @throws HasheeError `MISSING_DEPENDENCY`, `UNSUPPORTED` */
export async function describeTfjs(options: TfjsOptions = {}): Promise<TfjsDescription> {
  validateTfjsOptions(options);
  const { engine, refused } = await chooseEngine(options.engine ?? 'auto', options);
  const features: Record<string, unknown> = {};
  if (engine.name === 'wasm')
    for (const flag of ['WASM_HAS_SIMD_SUPPORT', 'WASM_HAS_MULTITHREAD_SUPPORT'])
      features[flag] = await engine.tf.env().getAsync(flag);
  return { engine: engine.name, package: ENGINES[engine.name].package, version: engine.version, refused, features };
}
