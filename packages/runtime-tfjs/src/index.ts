export { checkEngines, type EngineFinding } from './check-engines.js';
export { describeTfjs, type TfjsDescription } from './describe-tfjs.js';
export type { AttentionPreference } from './encoder/shape.js';
export type { RefusedEngine } from './engine/choose-engine.js';
export type { EngineName } from './engine/engine-names.js';
export type { TensorFlow } from './engine/tensorflow.js';
export { type TfjsOptions, tfjs } from './tfjs.js';
