import type { Backend } from '@hashee/core';
import type { BackendRequest } from '../context.js';

/** ONNX Runtime, loaded when it is needed: it is by far the slowest import of the command. */
export async function createOnnxBackend({ threads, lastLayer }: BackendRequest): Promise<Backend> {
  const { onnx } = await import('@hashee/runtime-onnx');
  return onnx({ threads, lastLayer });
}
