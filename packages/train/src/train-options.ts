import type { Checkpoint, Encoder, ExitTable, HeadConfig, LabelledSequence, LossTerm } from '@hashee/core';
import type { BatchTargets } from './batch-targets.js';
import type { DevEvaluator } from './dev-evaluator.js';
import type { LayerChoice } from './layer-choice.js';
import type { RunOptions } from './run-options.js';
import type { TrainResult } from './train-result.js';

/** A recipe and what to cook it from. Whatever has a default may be left out. */
export interface TrainOptions extends RunOptions {
  /** Where training starts: a pretrained encoder, or a model to go on with. */
  readonly model: Checkpoint;
  /** May carry exit layers of their own, for hashes that look at occurrences instead of types. */
  readonly trainSet: readonly LabelledSequence[];
  /** Judges the weights during training. Without it the last weights are the result. */
  readonly dev?: DevEvaluator | undefined;

  /** Heads to train; those that the model lacks begin with random values. @default the model's */
  readonly heads?: readonly HeadConfig[] | undefined;
  /**
   * @default the labels of every head: mean squared error for regression, cross-entropy else; with a teacher half of
   * that and half of distillation at temperature 2
   */
  readonly losses?: readonly LossTerm[] | undefined;
  /** Active in training as in inference. `null`: all layers for all tokens. @default the model's */
  readonly exitTable?: ExitTable | null | undefined;
  /**
   * What the student should also agree with, the target `teacher` of the losses: a model that answers each training
   * sequence once before the first update, or its logits for each sequence, `[C]` or `[tokens, C]`. A run that is
   * resumed goes on with the answers of its beginning, if they are this teacher's: see `teacherFingerprint`.
   */
  readonly teacher?: Encoder | readonly Float32Array[] | undefined;
  /**
   * What tells one teacher from another, such as `digestTeacher(model)`: a run with another one isn't resumed. Without it
   * the teacher is asked some of the training sequences again where a run is resumed, and its answers are compared.
   */
  readonly teacherFingerprint?: string | undefined;
  /** Further targets, made for each batch: what terms of the losses may name besides `labels` and `teacher`. */
  readonly targets?: BatchTargets | undefined;
  /** Which layers run in each update. @default all in all */
  readonly layers?: LayerChoice | undefined;
  /** Each layer gets the mean of the gradients of the heads above it, see `TrainingSpec`. @default false */
  readonly gradientEquilibrium?: boolean | undefined;
  /** The head that dev judges. @default `main`, or the first */
  readonly head?: string | undefined;
  /** Called with the result before `train` returns it; called again where a finished run is repeated. */
  readonly save?: ((result: TrainResult) => Promise<void> | void) | undefined;
}
