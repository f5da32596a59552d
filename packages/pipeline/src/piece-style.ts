import type { Tokenizer } from '@hashee/core';

/**
 * How a vocabulary marks the beginning of words: BERT marks the pieces that continue one (`##ing`), byte-level BPE the
 * pieces that follow a blank (`Ġthe`), SentencePiece too (`▁the`).
 */
export type PieceStyle = 'wordpiece' | 'byte-level' | 'metaspace';

const MARKS: readonly (readonly [PieceStyle, string])[] = [
  ['wordpiece', '##'],
  ['byte-level', '\u0120'],
  ['metaspace', '\u2581'],
];

/** Looks at the vocabulary: the mark that most entries begin with. */
export function detectPieceStyle(tokenizer: Tokenizer): PieceStyle {
  const counts = new Map<PieceStyle, number>(MARKS.map(([style]) => [style, 0]));
  for (let id = 0; id < tokenizer.vocabSize; id++) {
    const token = tokenizer.token(id);
    for (const [style, mark] of MARKS)
      if (token.length > mark.length && token.startsWith(mark)) counts.set(style, (counts.get(style) as number) + 1);
  }
  return MARKS.map(([style]) => style).reduce((best, style) =>
    (counts.get(style) as number) > (counts.get(best) as number) ? style : best,
  );
}

/** True where a piece goes on with the word of the piece before it. */
export function continuesWord(token: string, style: PieceStyle): boolean {
  const mark = style === 'wordpiece' ? '##' : style === 'byte-level' ? '\u0120' : '\u2581';
  return style === 'wordpiece' ? token.startsWith(mark) && token.length > mark.length : !token.startsWith(mark);
}

/** The text a piece stands for, without marks. */
export function pieceText(token: string, style: PieceStyle): string {
  if (style === 'wordpiece') return continuesWord(token, style) ? token.slice(2) : token;
  if (style === 'metaspace') return token.replaceAll('\u2581', ' ').trimStart();
  const bytes = Uint8Array.from(token, (character) => BYTE_OF_CHARACTER.get(character) ?? 0x3f);
  return new TextDecoder().decode(bytes).trimStart();
}

/**
 * Byte-level BPE writes each byte as a printable character: printable Latin-1 bytes stand for themselves, the other 68
 * for the code points from 256 on, in order.
 */
const BYTE_OF_CHARACTER: ReadonlyMap<string, number> = (() => {
  const map = new Map<string, number>();
  let next = 256;
  for (let byte = 0; byte < 256; byte++) {
    const printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    map.set(String.fromCodePoint(printable ? byte : next++), byte);
  }
  return map;
})();
