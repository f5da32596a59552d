import type { Account } from '../account.js';

/** What was computed for the outputs so far. */
export interface DecoderAccount {
  /** Calls of `append`. */
  readonly steps: number;
  /** Tokens computed, over all hypotheses. */
  readonly tokens: number;
  /** Multiply-accumulates of everything after the encoder: keys and values of its states, decoder layers, vocabulary. */
  readonly macs: number;
  /** `macs` if every token ran all layers of the decoder. */
  readonly denseMacs: number;
  /** Sum of the exit layers of the tokens; `tokens` times L without exits. */
  readonly exitLayers: number;
  /** The part of `macs` that the keys and values of the encoder's states cost. */
  readonly crossProjectionMacs: number;
  /** The part of `macs` that the vocabulary's logits cost. */
  readonly vocabularyMacs: number;
  /** Wall-clock time of the computation in milliseconds. */
  readonly milliseconds: number;
}

/** Encoder and decoder apart: exits make the encoder cheaper, and long outputs hide that. */
export interface DecodingAccount {
  readonly encoder: Account;
  readonly decoder: DecoderAccount;
}

export interface AppendOptions {
  readonly signal?: AbortSignal | undefined;
  /** Which positions are answered: the last new one of each hypothesis, or all new ones. @default 'last' */
  readonly positions?: 'last' | 'all' | undefined;
  /** Logits as the model has them, or their logarithmic softmax. @default 'logits' */
  readonly scores?: 'logits' | 'log-probabilities' | undefined;
}

/**
 * A batch of sources on its way to outputs. Each source has the same number of hypotheses, the `width`, side by side: hypothesis
 * r belongs to source `sources[floor(r / width)]`. All hypotheses are equally long. Keys and values of their tokens are kept.
 */
export interface Decoding {
  /** Sources still inside, by their position in the batch. A copy. */
  readonly sources: Int32Array;
  /** Hypotheses of each source; 1 at the beginning. */
  readonly width: number;
  /** Tokens of each hypothesis so far. */
  readonly length: number;
  /** States that the decoder reads, `[T, H]` in the order of the batch. */
  readonly memory: Float32Array;
  /**
   * Appends the same number of tokens, one or more, to every hypothesis.
   * @param tokens `[R, N]`, R = sources · width
   * @returns scores of what comes next, `[R, V]`, or `[R, N, V]` with all positions
   * @throws HasheeError `INVALID_ARGUMENT`, `ABORTED`, `DISPOSED`, `RUNTIME`
   */
  append(tokens: Int32Array, options?: AppendOptions): Promise<Float32Array>;
  /**
   * Goes on with some hypotheses: number i of the new ones continues hypothesis `parents[i]`. Hypotheses of one source stay side by
   * side, equally many for each; sources that nothing continues leave the batch.
   * @throws HasheeError `INVALID_ARGUMENT`, `DISPOSED`
   */
  select(parents: ArrayLike<number>): void;
  account(): DecodingAccount;
  /** Frees what the decoding holds. Idempotent. */
  dispose(): void;
}
