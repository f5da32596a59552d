import { HasheeError } from '@hashee/core';
import type * as common from 'onnxruntime-common';

/** The part of onnxruntime that is used; onnxruntime-node and onnxruntime-web both have it. */
export type OrtModule = Pick<typeof common, 'InferenceSession' | 'Tensor'> & Partial<Pick<typeof common, 'env'>>;

/** Loads onnxruntime-node when it is first needed. @throws HasheeError `MISSING_DEPENDENCY` */
export async function loadOrt(given: OrtModule | undefined): Promise<OrtModule> {
  if (given) return given;
  try {
    const module = await import('onnxruntime-node');
    return 'InferenceSession' in module ? module : (module as { default: OrtModule }).default;
  } catch (cause) {
    throw new HasheeError(
      'MISSING_DEPENDENCY',
      'Cannot import `onnxruntime-node`. Install it (`npm install onnxruntime-node`) or hand in a module via `onnx({ ort })`.',
      { fields: { package: 'onnxruntime-node' }, cause },
    );
  }
}
