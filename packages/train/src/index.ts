export type { DevEvaluation, DevEvaluator } from './dev-evaluator.js';
export * from './epoch-batches.js';
export * from './learning-rate.js';
export * from './main-head.js';
export { type TeacherOptions, teacherLogits } from './teacher-logits.js';
export * from './train.js';
export type { Ending, EvaluationRecord, Selection, TrainEvent } from './train-event.js';
export type { TrainOptions } from './train-options.js';
export type { TrainResult } from './train-result.js';
