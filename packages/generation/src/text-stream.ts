/** A character that ends a word by itself, as ideographs do. */
const WHOLE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\n]$/u;

/**
 * Text that grows by tokens. Words are held back until the next one begins, because a token may change the one before: by the rest
 * of a character, by a suffix, by punctuation that takes a space away.
 */
export class TextStream {
  readonly #decode: (ids: readonly number[]) => string;
  readonly #ids: number[] = [];
  #given = '';

  constructor(decode: (ids: readonly number[]) => string) {
    this.#decode = decode;
  }

  /**
   * @param last nothing follows
   * @returns what is certain now and wasn't before
   */
  append(id: number, last: boolean): string {
    this.#ids.push(id);
    const text = this.#decode(this.#ids);
    const certain = last || WHOLE.test(text) ? text : text.slice(0, Math.max(0, text.lastIndexOf(' ')));
    if (!certain.startsWith(this.#given)) return '';
    const piece = certain.slice(this.#given.length);
    this.#given = certain;
    return piece;
  }
}
