export * from './describe-onnx.js';
export type { AttentionPreference } from './encoder/choose-shape.js';
export { type OnnxOptions, onnx } from './onnx.js';
export type { OrtModule } from './session/ort.js';
