import type * as core from '@tensorflow/tfjs-core';

/** TensorFlow.js itself: `@tensorflow/tfjs-core`, or a package that contains it, such as `@tensorflow/tfjs`. */
export type TensorFlow = typeof core;

export type Tensor = core.Tensor;
export type Tensor1D = core.Tensor1D;
export type Tensor2D = core.Tensor2D;
export type Tensor3D = core.Tensor3D;
