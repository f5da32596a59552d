import type { Tokenizer } from '@hashee/core';

const PIECES =
  '[PAD] [UNK] [CLS] [SEP] [MASK] a the film is was not good bad very great dull Ang ##ela Mer ##kel met in Ber ##lin , . and ' +
  '##s ##ing act ##or plot long short one two three four five six seven eight nine ten twist end';

/** WordPiece (longest match first) over 45 entries; splits at blanks and before punctuation. Cased. */
export function smallTokenizer(fingerprint = 'small'): Tokenizer {
  const vocabulary = PIECES.split(' ');
  const id = new Map(vocabulary.map((token, index) => [token, index]));
  const UNKNOWN = 1;
  const cutWord = (word: string): number[] => {
    const ids: number[] = [];
    for (let from = 0; from < word.length; ) {
      let to = word.length;
      while (to > from && !id.has((from > 0 ? '##' : '') + word.slice(from, to))) to--;
      if (to === from) return [UNKNOWN];
      ids.push(id.get((from > 0 ? '##' : '') + word.slice(from, to)) as number);
      from = to;
    }
    return ids;
  };
  const cutText = (text: string): number[] => (text.match(/[.,]|[^\s.,]+/g) ?? []).flatMap(cutWord);
  return {
    vocabSize: vocabulary.length,
    specialIds: new Set([0, 1, 2, 3, 4]),
    fingerprint,
    token: (index) => vocabulary[index],
    encode(text, { maxLength = Number.POSITIVE_INFINITY } = {}) {
      const parts = (typeof text === 'string' ? [text] : [...text]).map(cutText);
      const special = parts.length + 1;
      const fullLength = parts.reduce((sum, part) => sum + part.length, special);
      while (parts.reduce((sum, part) => sum + part.length, special) > maxLength)
        parts.reduce((longest, part) => (part.length > longest.length ? part : longest)).pop();
      const inputIds = [2, ...parts.flatMap((part) => [...part, 3])];
      const first = parts[0].length + 2;
      return {
        inputIds: Int32Array.from(inputIds),
        tokenTypeIds: Uint8Array.from(inputIds, (_, t) => (t < first ? 0 : 1)),
        truncated: fullLength > inputIds.length,
        fullLength,
      };
    },
  };
}
