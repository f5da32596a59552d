import type { Backend, ExitTable, LoadProgress } from '@hashee/core';
import type { RunSummary } from './run-summary.js';

/** How texts are cut into batches. Given to `pipeline`, these are the defaults of every call. */
export interface BatchOptions {
  /** Sequences in a batch. @default 32 */
  readonly batchSize?: number | undefined;
  /**
   * A batch is cut earlier where sequences times the longest of them would pass this, so that memory stays bounded.
   * @default 16384
   */
  readonly maxBatchTokens?: number | undefined;
  /** Longest input in tokens, special tokens included; longer ones are cut and flagged. @default the model's limit */
  readonly maxLength?: number | undefined;
  /**
   * Inputs that are read and sorted by length at a time. Larger windows waste less on unequal lengths; smaller ones
   * answer sooner. @default 64 batches
   */
  readonly window?: number | undefined;
  /**
   * Milliseconds that a first input waits for others before its window runs, for inputs that come in slowly.
   * @default waits until the window is full or the inputs end
   */
  readonly maxWait?: number | undefined;
}

export interface PipelineOptions extends BatchOptions {
  /** The runtime that computes, such as `onnx()` of `@hashee/runtime-onnx`. */
  readonly backend: Backend;
  /** @default the backend's first */
  readonly dtype?: string | undefined;
  /** The head to ask. @default `main` */
  readonly head?: string | undefined;
  /** Replaces the model's exit table; `null` runs every token through all layers. @default the model's */
  readonly exitTable?: ExitTable | null | undefined;
  /** Aborts the loading. */
  readonly signal?: AbortSignal | undefined;
  /** Progress of the loading. */
  readonly onProgress?: ((event: LoadProgress) => void) | undefined;
}

export interface CallOptions extends BatchOptions {
  /** Add the exit layer of every token to the results. @default false */
  readonly explain?: boolean | undefined;
  /** Looked at between batches, handed to the runtime, and ends a wait for the next input. */
  readonly signal?: AbortSignal | undefined;
  /** Called after every batch with the totals of the call so far. */
  readonly onBatch?: ((summary: RunSummary) => void) | undefined;
}
