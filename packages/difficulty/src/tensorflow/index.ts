export * from './bilstm.js';
export * from './linear.js';
export type { TensorFlow } from './tensorflow.js';
export type { WordPredictorOptions } from './word-predictor.js';
