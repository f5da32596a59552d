import { HasheeError } from '@hashee/core';
import { Engine } from './engine.js';
import { ENGINES, type EngineName } from './engine-names.js';
import { importEngine, importTensorFlow } from './import-engine.js';
import { assertNativeBinding } from './native-binding.js';
import type { TensorFlow } from './tensorflow.js';

/** What opening an engine needs besides its name. */
export interface EngineSource {
  /** TensorFlow.js to use instead of importing it; engines registered with it are used as they are. */
  readonly tf?: TensorFlow | undefined;
  /** Folder or addresses of the `.wasm` files, for bundled browser code. */
  readonly wasmPaths?: string | Readonly<Record<string, string>> | undefined;
  /**
   * Threads inside an operation. The native engines have one number for a whole process, that of the first one opened; the others
   * run on one thread. @default all cores on a native engine
   */
  readonly threads?: number | undefined;
}

const isNode = typeof process === 'object' && typeof process.versions?.node === 'string';

/** How to get an engine that can't be imported. */
function remedy(name: EngineName): string {
  const { package: packageName, platform } = ENGINES[name];
  const other =
    platform === 'node' ? 'use the wasm engine' : 'import it yourself and hand in TensorFlow.js via `tfjs({ tf })`';
  return `Install it (\`npm install ${packageName}\`), or ${other}.`;
}

function unavailable(name: EngineName, reason: string, cause?: unknown): HasheeError {
  const { package: packageName } = ENGINES[name];
  return new HasheeError('UNSUPPORTED', `The ${name} engine of TensorFlow.js doesn't work here: ${reason}`, {
    fields: { engine: name, package: packageName },
    cause,
  });
}

async function load(name: EngineName, source: EngineSource): Promise<TensorFlow> {
  const { package: packageName, backend, platform } = ENGINES[name];
  try {
    const tf = source.tf ?? (await importTensorFlow());
    if (source.tf !== undefined && tf.engine().registryFactory[backend] !== undefined) return tf;
    if (platform === 'node') {
      await assertNativeBinding(packageName);
      limitThreads(name, source.threads, tf.engine().registryFactory[backend] !== undefined);
    }
    await quietly(tf, () => importEngine(name, source.wasmPaths));
    return tf;
  } catch (cause) {
    if (HasheeError.isInstance(cause)) throw cause;
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new HasheeError('MISSING_DEPENDENCY', `Cannot import \`${packageName}\`: ${reason}. ${remedy(name)}`, {
      fields: { engine: name, package: packageName },
      cause,
    });
  }
}

/** TensorFlow reads the number once, from the environment. */
function limitThreads(name: EngineName, threads: number | undefined, isLoaded: boolean): void {
  const variable = 'TF_NUM_INTRAOP_THREADS';
  const before = process.env[variable];
  if (threads === undefined || before === String(threads)) return;
  if (isLoaded)
    throw unavailable(
      name,
      `${threads} ${threads === 1 ? 'thread was' : 'threads were'} asked for, and in this process it runs with ${before ?? 'one a core'} already. Start another process for another number.`,
    );
  process.env[variable] = String(threads);
}

/** Without TensorFlow.js's advertisement of other engines on the console. */
async function quietly<T>(tf: TensorFlow, work: () => Promise<T>): Promise<T> {
  const env = tf.env();
  const before = env.getBool('PROD');
  env.set('PROD', true);
  try {
    return await work();
  } finally {
    env.set('PROD', before);
  }
}

/** Both native packages register one backend; the CPU build must not pass for the GPU one. */
function assertDevice(tf: TensorFlow, name: EngineName): void {
  if (name !== 'node-gpu') return;
  const backend = tf.engine().findBackend('tensorflow') as { isUsingGpuDevice?: boolean } | undefined;
  if (backend?.isUsingGpuDevice !== true)
    throw unavailable(name, 'TensorFlow found no GPU, or its CUDA libraries are missing.');
}

/** 2×2 times 2×2, so that an engine that only loads doesn't pass. */
async function prove(engine: Engine): Promise<void> {
  const { tf } = engine;
  const product = engine.run(() => {
    const a = engine.float32(Float32Array.of(1, 2, 3, 4), [2, 2]);
    return tf.add(tf.matMul(a as Parameters<typeof tf.matMul>[0], a), 1);
  });
  const values = await engine.take(product);
  const expected = [8, 11, 16, 23];
  // Half precision still has these small integers exactly.
  if (values.length !== 4 || expected.some((value, i) => values[i] !== value))
    throw unavailable(
      engine.name,
      `a product gave ${Array.from(values).join(', ')} instead of ${expected.join(', ')}.`,
    );
}

/** Loads an engine and proves that it computes. @throws HasheeError `MISSING_DEPENDENCY`, `UNSUPPORTED` */
export async function openEngine(name: EngineName, source: EngineSource): Promise<Engine> {
  const { backend, platform } = ENGINES[name];
  if (platform === 'browser' && isNode) throw unavailable(name, 'it needs a browser, this is Node.');
  if (platform === 'node' && !isNode) throw unavailable(name, 'it needs Node.');
  const { threads = 1 } = source;
  if (threads > 1 && platform !== 'node') throw unavailable(name, `it runs on one thread, ${threads} were asked for.`);
  const tf = await load(name, source);
  const registry = tf.engine();
  const before = registry.backendName;
  try {
    if (!(await quietly(tf, () => registry.setBackend(backend))))
      throw unavailable(name, 'TensorFlow.js could not start it.');
    assertDevice(tf, name);
    const engine = new Engine(tf, name, tf.version_core);
    await quietly(tf, () => prove(engine));
    return engine;
  } catch (cause) {
    if (HasheeError.isInstance(cause, 'UNSUPPORTED')) throw cause;
    throw unavailable(name, cause instanceof Error ? cause.message : String(cause), cause);
  } finally {
    if (before && before !== backend) await registry.setBackend(before);
  }
}
