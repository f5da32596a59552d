/** One output. */
export interface GeneratedSequence {
  /** Without special tokens. */
  readonly text: string;
  /** From the start token on; with the token that ended it, if one did. */
  readonly tokenIds: readonly number[];
  /** Of beam search: log-probability / length ** lengthPenalty. */
  readonly score?: number | undefined;
}

/** What a text became: its best output. */
export interface GeneratedText extends GeneratedSequence {
  /** All outputs, best first; present where several were asked for. */
  readonly sequences?: readonly GeneratedSequence[] | undefined;
  /** The text was cut to the longest source. */
  readonly truncated: boolean;
  /** Exit layer of each source token, where `explain` is set. */
  readonly exitLayers?: Uint8Array | undefined;
}
