/** Where a piece stands in the text, in UTF-16 units. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

interface FoldedText {
  readonly characters: string;
  /** For each unit of `characters`: begin and end of the character it came from. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** Case, accents and compatibility forms taken away, so that uncased and normalising vocabularies can be compared. */
function fold(text: string): FoldedText {
  let characters = '';
  const starts: number[] = [];
  const ends: number[] = [];
  let position = 0;
  for (const character of text) {
    const folded = character
      .normalize('NFKD')
      .toLowerCase()
      .replace(/[\p{Mn}\p{Cc}\p{Cf}]/gu, '');
    for (let i = 0; i < folded.length; i++) {
      starts.push(position);
      ends.push(position + character.length);
    }
    characters += folded;
    position += character.length;
  }
  return { characters, starts, ends };
}

/** Like `indexOf`, but letters and digits don't begin inside a word: a word without pieces of its own is skipped whole. */
function findWord(characters: string, wanted: string, from: number): number {
  const alphanumeric = /^[\p{L}\p{N}]/u;
  for (let at = characters.indexOf(wanted, from); at >= 0; at = characters.indexOf(wanted, at + 1)) {
    const inside = at > 0 && alphanumeric.test(characters[at - 1]) && alphanumeric.test(wanted);
    if (!inside) return at;
  }
  return -1;
}

/**
 * Finds pieces in the text they were cut from, in order. Core tokenizers give no character positions, so the text is
 * read again: blanks may be skipped before a piece, anything after pieces without text of their own.
 * @param pieces texts of the pieces without marks; `undefined` for those that don't show their text, such as [UNK]
 * @returns a span for each piece, `undefined` where it can't be told
 */
export function alignPieces(text: string, pieces: readonly (string | undefined)[]): (Span | undefined)[] {
  const { characters, starts, ends } = fold(text);
  const spans = new Array<Span | undefined>(pieces.length).fill(undefined);
  let cursor = 0;
  let unknown: number[] = [];
  const toSpan = (from: number, to: number): Span | undefined => {
    while (from < to && /\s/.test(characters[from])) from++;
    while (to > from && /\s/.test(characters[to - 1])) to--;
    return from < to ? { start: starts[from], end: ends[to - 1] } : undefined;
  };
  pieces.forEach((piece, index) => {
    const wanted = piece === undefined ? '' : fold(piece).characters;
    let found = -1;
    if (wanted !== '') {
      while (cursor < characters.length && unknown.length === 0 && /\s/.test(characters[cursor])) cursor++;
      found = unknown.length > 0 ? findWord(characters, wanted, cursor) : cursor;
      if (!characters.startsWith(wanted, found)) found = -1;
    }
    if (found < 0) {
      unknown.push(index);
      return;
    }
    if (unknown.length === 1) spans[unknown[0]] = toSpan(cursor, found);
    unknown = [];
    spans[index] = toSpan(found, found + wanted.length);
    cursor = found + wanted.length;
  });
  if (unknown.length === 1) spans[unknown[0]] = toSpan(cursor, characters.length);
  return spans;
}
