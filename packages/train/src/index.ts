export { type AdaptOptions, adapt } from './adapt.js';
export type { BatchPlace, BatchTargets } from './batch-targets.js';
export type { DevEvaluation, DevEvaluator } from './dev-evaluator.js';
export { digestModel, digestSequences, digestTeacher } from './digest.js';
export * from './epoch-batches.js';
export type { LayerChoice } from './layer-choice.js';
export * from './learning-rate.js';
export * from './main-head.js';
export type { RunOptions } from './run-options.js';
export * from './sequence-to-sequence/copying-examples.js';
export * from './sequence-to-sequence/likelihood.js';
export type {
  SequenceToSequenceEvaluator,
  SequenceToSequenceTrainOptions,
  SequenceToSequenceTrainResult,
} from './sequence-to-sequence/sequence-to-sequence-options.js';
export * from './sequence-to-sequence/train-sequence-to-sequence.js';
export * from './stored-run.js';
export { type TeacherOptions, teacherLogits } from './teacher-logits.js';
export * from './train.js';
export type { Ending, EvaluationRecord, Selection, TrainEvent } from './train-event.js';
export type { TrainOptions } from './train-options.js';
export type { TrainResult } from './train-result.js';
