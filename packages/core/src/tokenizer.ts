/** A text, or a pair of texts for tasks that compare two. */
export type TextInput = string | readonly [first: string, second: string];

/** One text, or pair, as the model takes it. */
export interface EncodedText {
  readonly inputIds: Int32Array;
  readonly tokenTypeIds: Uint8Array;
  /** True where tokens were cut off to fit `maxLength`. */
  readonly truncated: boolean;
  /** Length before truncation, special tokens included. */
  readonly fullLength: number;
}

/** Text to token ids and back to token strings. `@hashee/checkpoint` makes one from tokenizer.json. */
export interface Tokenizer {
  /** Number of ids, added tokens included; ids are below it. */
  readonly vocabSize: number;
  /** Ids that never exit early ([CLS], [SEP], [PAD], [UNK], [MASK] and their kin). */
  readonly specialIds: ReadonlySet<number>;
  /** Hex digest that changes whenever text could be cut into other ids. */
  readonly fingerprint: string;
  /**
   * Adds special tokens, and truncates the longer text of a pair first.
   * @param options.maxLength in tokens, special tokens included
   */
  encode(text: TextInput, options?: { readonly maxLength?: number }): EncodedText;
  /** The vocabulary entry of an id, such as `##ing`. */
  token(id: number): string;
  /**
   * The text of generated ids. Special tokens are left out, and so are ids that the vocabulary doesn't have, as a model's may be
   * padded to a round number. Absent where the tokenizer only reads.
   */
  decode?(ids: ArrayLike<number>): string;
}
