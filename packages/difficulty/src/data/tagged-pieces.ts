import type { LabelledSequence, Tokenizer } from '@hashee/core';
import { type Dataset, encodeWords } from '@hashee/eval';

/** A tagged sentence in word pieces. Every piece of a word has the word's tag; special tokens have none. */
export interface TaggedPieces extends LabelledSequence {
  /** `[tokens]`, -1 for special tokens. */
  readonly label: Int32Array;
  /** `[words]`, position of each word's first piece; -1 where it was cut off. */
  readonly firstTokens: Int32Array;
}

/** Sentences with at least one piece, in order. */
export function taggedPieces(
  { examples }: Dataset<'token-classification'>,
  tokenizer: Tokenizer,
  maxLength: number,
): TaggedPieces[] {
  return examples.flatMap(({ words, tags }) => {
    const { inputIds, tokenTypeIds, firstTokens } = encodeWords(tokenizer, words, { maxLength });
    const label = new Int32Array(inputIds.length).fill(-1);
    let word = -1;
    const begins = new Map(Array.from(firstTokens, (position, index) => [position, index]));
    for (let position = 0; position < inputIds.length; position++) {
      word = begins.get(position) ?? word;
      // An unknown word is one special token, and a word all the same.
      const ordinary = begins.has(position) || !tokenizer.specialIds.has(inputIds[position]);
      if (word >= 0 && tags && ordinary) label[position] = tags[word];
    }
    return label.some((tag) => tag >= 0) ? [{ inputIds, tokenTypeIds, label, firstTokens }] : [];
  });
}
