import type { Backend, ExitTable, LoadProgress } from '@hashee/core';
import type { GenerationSummary } from '../generation-summary.js';

/**
 * How outputs are searched for: the names of transformers' GenerationConfig in camel case, with the same meaning. What is left out
 * is as the model's generation_config.json says, else as stated here. Lengths are in tokens and count the start token. A
 * generation_config.json that contradicts itself is read as transformers reads it: lengths in new tokens win, and no output is longer than
 * the longest.
 */
export interface GenerationOptions {
  /** Longest output. @default 20 new tokens, 21 with the start token */
  readonly maxLength?: number | undefined;
  /** Longest output without the start token; in place of `maxLength`, and refused beside one that says something else. */
  readonly maxNewTokens?: number | undefined;
  /** No end before this length, which is at most the longest output. @default 0 */
  readonly minLength?: number | undefined;
  /** No end before so many tokens besides the start token; in place of `minLength`, and refused beside one that says something else. @default 0 */
  readonly minNewTokens?: number | undefined;
  /** Hypotheses that beam search keeps; 1 takes the best token each time. @default 1 */
  readonly numBeams?: number | undefined;
  /** Outputs for each text: the best ones of beam search, or as many samples. @default 1 */
  readonly numReturnSequences?: number | undefined;
  /**
   * When beam search is done with a text. `true`: as soon as `numBeams` hypotheses have ended. `false`: when none is likely to
   * become better than those. `'never'`: when none can. @default false
   */
  readonly earlyStopping?: boolean | 'never' | undefined;
  /** Hypotheses are ranked by log-probability / length ** lengthPenalty, so more than 0 favours long ones. @default 1 */
  readonly lengthPenalty?: number | undefined;
  /** No sequence of so many tokens occurs twice; 0 allows all. @default 0 */
  readonly noRepeatNgramSize?: number | undefined;
  /** Makes tokens that are there already less likely where above 1. @default 1 */
  readonly repetitionPenalty?: number | undefined;
  /** The first token after the start token; `null` leaves it free. @default null */
  readonly forcedBosTokenId?: number | null | undefined;
  /** What stands last when `maxLength` is reached; `null` leaves it free. @default null */
  readonly forcedEosTokenId?: number | readonly number[] | null | undefined;
  /** What ends an output; `null` lets all outputs run to `maxLength`. @default the model's */
  readonly eosTokenId?: number | readonly number[] | null | undefined;
  /** @default the model's */
  readonly decoderStartTokenId?: number | undefined;
  /** Draws tokens by their probability. Not with several beams. @default false */
  readonly doSample?: boolean | undefined;
  /** Sampling: below 1 sharpens the distribution, above 1 flattens it. @default 1 */
  readonly temperature?: number | undefined;
  /** Sampling: draws from the so many most likely tokens; 0 from all. @default 50 */
  readonly topK?: number | undefined;
  /** Sampling: draws from the fewest most likely tokens whose probabilities reach this sum. @default 1 */
  readonly topP?: number | undefined;
  /** Sampling: the same seed, texts and options give the same outputs, in batches of any size. @default 0 */
  readonly seed?: number | undefined;
}

/** How texts are put into batches. */
export interface SourceBatchOptions {
  /** Texts in a batch. @default 8 */
  readonly batchSize?: number | undefined;
  /** A batch is cut earlier where texts times the longest of them, in tokens, would pass this. @default 8192 */
  readonly maxBatchTokens?: number | undefined;
  /** Longest text in tokens, special tokens included; longer ones are cut and flagged. @default the model's limit */
  readonly maxSourceLength?: number | undefined;
}

export interface CallOptions extends GenerationOptions, SourceBatchOptions {
  /** Add the exit layer of every source token to the results. @default false */
  readonly explain?: boolean | undefined;
  /** Looked at before every token. */
  readonly signal?: AbortSignal | undefined;
  /** Told after each batch what the call has computed so far. */
  readonly onBatch?: ((summary: GenerationSummary) => void) | undefined;
}

/** What a generator is made with. Generation and batch options are the defaults of every call. */
export interface GeneratorOptions extends GenerationOptions, SourceBatchOptions {
  /** A runtime that generates, such as `onnx()` of `@hashee/runtime-onnx`. */
  readonly backend: Backend;
  /** @default the backend's first */
  readonly dtype?: string | undefined;
  /** Replaces the model's exit table; `null` runs every source token through all layers. @default the model's */
  readonly exitTable?: ExitTable | null | undefined;
  /** The same of the tokens that the decoder is given. @default the model's */
  readonly decoderExitTable?: ExitTable | null | undefined;
  /** Aborts the loading. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((event: LoadProgress) => void) | undefined;
}
