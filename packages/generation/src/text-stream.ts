/** A character that ends a word by itself, as ideographs do. */
const WHOLE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\n]$/u;

/** The beginning of " n ' t", of which cleaned up spaces make "n't". */
const NEGATION = / n(?: '?)?$/;

/**
 * Text that grows by tokens. Words are held back until the next one begins, because a token may change the one before: by the rest
 * of a character, by a suffix, by punctuation that takes a space away. All pieces together are the text; of a tokenizer that takes
 * back more than a word, they go on where the texts part.
 */
export class TextStream {
  readonly #decode: (ids: readonly number[]) => string;
  readonly #ids: number[] = [];
  #given = '';

  /** @param start token that the decoder is given first, which the text begins with */
  constructor(decode: (ids: readonly number[]) => string, start: number) {
    this.#decode = decode;
    this.#ids.push(start);
  }

  /**
   * @param last nothing follows
   * @returns what is certain now and wasn't before
   */
  append(id: number, last: boolean): string {
    this.#ids.push(id);
    const text = this.#decode(this.#ids);
    const certain = last || WHOLE.test(text) ? text : settled(text);
    if (this.#given.startsWith(certain)) return '';
    const piece = certain.slice(commonLength(certain, this.#given));
    this.#given = certain;
    return piece;
  }
}

/** What the next token leaves as it is. */
function settled(text: string): string {
  const word = Math.max(0, text.lastIndexOf(' '));
  const negation = text.search(NEGATION);
  return text.slice(0, negation < 0 ? word : negation);
}

/** Characters that two texts begin with alike. */
function commonLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}
