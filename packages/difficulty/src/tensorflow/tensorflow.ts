import type * as core from '@tensorflow/tfjs-core';
import type * as layers from '@tensorflow/tfjs-layers';

/** TensorFlow.js, handed in with the backend that it should compute on active. */
export interface TensorFlow {
  readonly core: typeof core;
  readonly layers: typeof layers;
}

export type { Scalar, Tensor, Tensor2D, Tensor3D, Variable } from '@tensorflow/tfjs-core';
