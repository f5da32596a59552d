import type { Account } from './account.js';

/** A batch on its way up the layers. Sequences that have exited leave it, so the rest is computed as a smaller batch. */
export interface Pass {
  /** Sequences still inside, as indices into the batch it began with. */
  readonly rows: Int32Array;
  /** Layers computed so far, 0 at the beginning. */
  readonly layer: number;
  /**
   * Computes up to and including `toLayer`. With `read: 'first'` nothing but the first token of each sequence will be read,
   * so `toLayer` may be computed for those alone; after it only heads that read first tokens may be asked, `hidden` and
   * `advance` are refused.
   * @throws HasheeError `INVALID_ARGUMENT` when it isn't above `layer` and at most L
   */
  advance(toLayer: number, options?: { readonly read?: 'all' | 'first' | undefined }): Promise<void>;
  /** Answers of a head on the present states, `[rows, C]` or `[tokens, C]`. @throws HasheeError `NOT_FOUND` for an unknown head */
  logits(head: string): Promise<Float32Array>;
  /** The present states, `[tokens, H]`, in the order of `rows`. */
  hidden(): Promise<Float32Array>;
  /** Goes on with these sequences only: a subset of `rows`, in any order. */
  keep(rows: ArrayLike<number>): void;
  /** What ran so far, over the batch it began with. */
  account(): Account;
  dispose(): void;
}
