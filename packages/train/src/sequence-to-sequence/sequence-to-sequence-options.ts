import type {
  ExitTable,
  SequenceToSequenceCheckpoint,
  SequenceToSequenceExample,
  SequenceToSequenceModel,
} from '@hashee/core';
import type { DevEvaluation } from '../dev-evaluator.js';
import type { RunOptions } from '../run-options.js';
import type { TrainResult } from '../train-result.js';

/** How good the present weights of an encoder-decoder are: by what it generates, or by `likelihood` of known outputs. */
export interface SequenceToSequenceEvaluator {
  /** Changes with the data and the metrics; a run isn't resumed under another. */
  readonly fingerprint: string;
  /** @throws HasheeError `ABORTED` */
  evaluate(
    model: SequenceToSequenceModel,
    options: { readonly signal?: AbortSignal | undefined },
  ): Promise<DevEvaluation>;
}

/** What an encoder-decoder is trained from, and how. Whatever has a default may be left out. */
export interface SequenceToSequenceTrainOptions extends RunOptions {
  /** Where training starts. */
  readonly model: SequenceToSequenceCheckpoint;
  /** Sources with their outputs. Segments of the sources are the config's `sourceSegment` where they have none of their own. */
  readonly trainSet: readonly SequenceToSequenceExample[];
  /** Judges the weights during training. Without it the last weights are the result. */
  readonly dev?: SequenceToSequenceEvaluator | undefined;
  /** Of the source's tokens, active in training as in inference. `null`: all layers for all tokens. @default the model's */
  readonly exitTable?: ExitTable | null | undefined;
  /** The same of the decoder's tokens. @default the model's */
  readonly decoderExitTable?: ExitTable | null | undefined;
  /** The share of every label that is spread over the vocabulary, see `SequenceToSequenceTrainingSpec`. @default 0.1 */
  readonly labelSmoothing?: number | undefined;
  /** Called with the result before it is returned; called again where a finished run is repeated. */
  readonly save?: ((result: SequenceToSequenceTrainResult) => Promise<void> | void) | undefined;
}

/** The outcome of a run. */
export interface SequenceToSequenceTrainResult extends Omit<TrainResult, 'model'> {
  /** The best weights on dev (the last ones without a dev set) with their exit tables, ready to load or save. */
  readonly model: SequenceToSequenceCheckpoint;
}
