import type { Account } from './account.js';
import type { TokenBatch } from './batch.js';
import type { EncoderConfig } from './config.js';
import type { ExitTable } from './exit-table.js';
import type { HeadConfig } from './head.js';
import type { Pass } from './pass.js';

export interface ForwardOptions {
  readonly signal?: AbortSignal | undefined;
  /** Also return the states after the last layer. Then no query of the last layer can be left out. @default false */
  readonly hidden?: boolean | undefined;
}

export interface Output {
  /** `[B, C]`, or `[T, C]` for token classification, in the order of the batch. Empty where the model has no head. */
  readonly logits: Float32Array;
  /** C; 0 where the model has no head. */
  readonly labels: number;
  /** `[T, H]`, carried-up states in the order of the batch; present where asked for. */
  readonly hidden?: Float32Array | undefined;
  readonly account: Account;
}

/** A loaded model. Calls may overlap; each result depends only on its own batch. */
export interface Encoder {
  readonly config: EncoderConfig;
  /** The head that `forward` answers with. */
  readonly head: HeadConfig | undefined;
  /** All heads that a pass can ask. */
  readonly heads: readonly HeadConfig[];
  readonly exitTable: ExitTable | undefined;
  readonly dtype: string;
  /**
   * Batches that it computes at the same time, off the caller's thread: whoever has many keeps that many calls under way, and one
   * more. @default absent, a call computes where it is made, so nothing is gained by several
   */
  readonly concurrency?: number | undefined;
  /**
   * Runs a batch; exits are known beforehand, so any batch is one computation. An empty batch gives empty results.
   * @throws HasheeError `INVALID_BATCH`, `ABORTED`, `DISPOSED`, `RUNTIME`
   */
  forward(batch: TokenBatch, options?: ForwardOptions): Promise<Output>;
  /** Starts a step-by-step pass, for methods that decide while running. The exit table, if any, applies as well. */
  begin(batch: TokenBatch, options?: { readonly signal?: AbortSignal | undefined }): Promise<Pass>;
  /** Frees native memory. Idempotent; every later call fails with `DISPOSED`. */
  dispose(): Promise<void>;
}
