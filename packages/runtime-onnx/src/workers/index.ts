export * from './onnx-workers.js';
