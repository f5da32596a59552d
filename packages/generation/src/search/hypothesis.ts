/** An output of a search. */
export interface Hypothesis {
  /** From the start token on; with the token that ended it, if one did. */
  readonly tokens: readonly number[];
  /** Of beam search: log-probability / length ** lengthPenalty, the start token not counted. */
  readonly score?: number | undefined;
}

/** What a search has to say while it runs. */
export type SearchEvent =
  /** The next token of an output; beam search, which may change its mind, has none of these. */
  | {
      readonly type: 'token';
      /** Position in the batch. */
      readonly source: number;
      /** Which of several samples of a source, from 0. */
      readonly sequence: number;
      readonly token: number;
      /** Nothing follows in this output. */
      readonly last: boolean;
    }
  /** The outputs of a source, best first. It has left the batch. */
  | { readonly type: 'done'; readonly source: number; readonly hypotheses: readonly Hypothesis[] };
