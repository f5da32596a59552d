export * from './describe-onnx.js';
export type { AttentionPreference } from './encoder/choose-shape.js';
export { onnx } from './onnx.js';
export type { OnnxOptions } from './onnx-options.js';
export type { OrtModule } from './session/ort.js';
