import { HasheeError } from '@hashee/core';
import type { InferenceSession, Tensor } from 'onnxruntime-web/wasm';
import { fetchFile } from './fetch-file.js';
import { PAGE_FILES, type PageDtype } from './page-model.js';

export type Device = 'wasm' | 'webgpu';
export type Kind = 'exits' | 'dense';

/** The model in this browser, with its exits and without. */
export interface Engine {
  readonly device: Device;
  run(kind: Kind, ids: readonly number[]): Promise<Float32Array>;
  release(): Promise<void>;
}

const DTYPES: Readonly<Record<Device, PageDtype>> = { wasm: 'q8', webgpu: 'fp32' };

/** True where the browser has a graphics processor to offer. */
export async function hasWebGpu(): Promise<boolean> {
  const { gpu } = navigator as { gpu?: { requestAdapter(): Promise<unknown> } };
  return (await gpu?.requestAdapter().catch(() => undefined)) != null;
}

export function dtypeOf(device: Device): PageDtype {
  return DTYPES[device];
}

/** @throws HasheeError `IO`, `RUNTIME` */
export async function createEngine(device: Device, onProgress: (loaded: number) => void): Promise<Engine> {
  const dtype = DTYPES[device];
  const [ort, weights, exits, dense] = await Promise.all([
    device === 'webgpu' ? import('onnxruntime-web/webgpu') : import('onnxruntime-web/wasm'),
    fetchFile(PAGE_FILES.weights(dtype), onProgress),
    fetchFile(PAGE_FILES.graph('exits', dtype)),
    fetchFile(PAGE_FILES.graph('dense', dtype)),
  ]);
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';
  const open = (graph: Uint8Array): Promise<InferenceSession> =>
    ort.InferenceSession.create(graph, {
      executionProviders: device === 'webgpu' ? ['webgpu', 'wasm'] : ['wasm'],
      externalData: [{ path: PAGE_FILES.weights(dtype), data: weights }],
      logSeverityLevel: 3,
    });
  try {
    const sessions: Readonly<Record<Kind, InferenceSession>> = { exits: await open(exits), dense: await open(dense) };
    return {
      device,
      async run(kind, ids) {
        const int64 = (value: (i: number) => number): Tensor =>
          new ort.Tensor(
            'int64',
            BigInt64Array.from(ids, (_, i) => BigInt(value(i))),
            [1, ids.length],
          );
        const feeds = {
          input_ids: int64((i) => ids[i]),
          attention_mask: int64(() => 1),
          token_type_ids: int64(() => 0),
        };
        const session = sessions[kind];
        const { logits } = await session.run(
          Object.fromEntries(Object.entries(feeds).filter(([name]) => session.inputNames.includes(name))),
        );
        return (await logits.getData()) as Float32Array;
      },
      async release() {
        await sessions.exits.release();
        await sessions.dense.release();
      },
    };
  } catch (cause) {
    throw new HasheeError('RUNTIME', `The model doesn't run here: ${(cause as Error).message}`, {
      fields: { device },
      cause,
    });
  }
}
