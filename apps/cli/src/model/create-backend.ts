import { type Backend, HasheeError } from '@hashee/core';
import type { BackendRequest } from '../context.js';
import { createOnnxBackend } from './create-onnx-backend.js';

/** The runtime that is asked for, loaded when it is needed. */
export async function createBackend(request: BackendRequest): Promise<Backend> {
  const { runtime = 'onnx', engine, threads } = request;
  if (runtime === 'onnx') {
    if (engine !== undefined)
      throw new HasheeError('INVALID_ARGUMENT', '--engine is for TensorFlow.js; add --runtime tfjs.', {
        fields: { engine },
      });
    return createOnnxBackend(request);
  }
  if (threads !== undefined && threads > 1 && engine !== 'node' && engine !== 'node-gpu')
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `TensorFlow.js runs on one thread with its wasm and cpu engines (got ${threads}). Leave --threads out, or name a native engine: --engine node.`,
      { fields: { threads, engine } },
    );
  const { tfjs } = await import('@hashee/runtime-tfjs');
  return tfjs({ engine, threads });
}
