import type {
  Backend,
  Checkpoint,
  Encoder,
  ExitTable,
  HeadConfig,
  LabelledSequence,
  LossTerm,
  OptimizerSpec,
} from '@hashee/core';
import type { BatchTargets } from './batch-targets.js';
import type { DevEvaluator } from './dev-evaluator.js';
import type { LayerChoice } from './layer-choice.js';
import type { TrainEvent } from './train-event.js';
import type { TrainResult } from './train-result.js';

/** A recipe and what to cook it from. Whatever has a default may be left out. */
export interface TrainOptions {
  /** The runtime that computes, with `capabilities.training`. */
  readonly backend: Backend;
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
   * resumed goes on with the answers of its beginning.
   */
  readonly teacher?: Encoder | readonly Float32Array[] | undefined;
  /** Further targets, made for each batch: what terms of the losses may name besides `labels` and `teacher`. */
  readonly targets?: BatchTargets | undefined;
  /** Which layers run in each update. @default all in all */
  readonly layers?: LayerChoice | undefined;
  /** Each layer gets the mean of the gradients of the heads above it, see `TrainingSpec`. @default false */
  readonly gradientEquilibrium?: boolean | undefined;
  readonly optimizer?: OptimizerSpec | undefined;
  /** Overrides the config's dropout; `0` switches it off everywhere. */
  readonly dropout?: number | undefined;
  /** Canonical names (or prefixes ending in a dot) of the tensors that train. @default all */
  readonly trainable?: readonly string[] | undefined;
  /** Of batches, dropout and new heads. @default 1 */
  readonly seed?: number | undefined;

  /** @default 4 */
  readonly epochs?: number | undefined;
  /** Sequences of one forward and backward pass. @default 32 */
  readonly batchSize?: number | undefined;
  /** Batches whose gradients make one update. @default 1 */
  readonly accumulation?: number | undefined;
  /** The highest. @default 5e-5 */
  readonly learningRate?: number | undefined;
  /** Share of all updates in which the learning rate rises. @default 0.1 */
  readonly warmup?: number | undefined;

  /** In updates, or after every epoch. Always at the end. @default 'epoch' */
  readonly evaluateEvery?: number | 'epoch' | undefined;
  /** The metric that selects. @default the evaluator's score */
  readonly metric?: string | undefined;
  /** The head that dev judges. @default `main`, or the first */
  readonly head?: string | undefined;
  /** Ends the run after so many evaluations in a row without a better one. @default never */
  readonly patience?: number | undefined;

  /**
   * The run's folder: its log and its checkpoint, from which the same call goes on where an earlier one was stopped, with
   * the same results as if it hadn't been.
   */
  readonly directory?: string | undefined;
  /** In updates, besides every evaluation. */
  readonly checkpointEvery?: number | undefined;
  /**
   * `auto` goes on with the run in `directory`, if there is one. `required` insists on one. `restart` forgets it.
   * @default 'auto'
   */
  readonly resume?: 'auto' | 'required' | 'restart' | undefined;

  /** Finishes the update at hand, writes the checkpoint and ends with `ABORTED`. */
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: TrainEvent) => void) | undefined;
  /** Called with the result before `train` returns it; called again where a finished run is repeated. */
  readonly save?: ((result: TrainResult) => Promise<void> | void) | undefined;
}
