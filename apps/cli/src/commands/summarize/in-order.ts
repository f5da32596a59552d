import type { GeneratedText } from '@hashee/generation';
import type { SourceText } from '../../data/text-source.js';

/** Brings results into the order of their texts. It holds what isn't answered yet, and what waits for a text before it. */
export class InOrder {
  readonly #waiting: SourceText[] = [];
  readonly #results = new Map<number, GeneratedText>();
  #first = 0;

  /** A text is on its way. */
  add(source: SourceText): void {
    this.#waiting.push(source);
  }

  /** @returns the texts, from the first one, whose results are all there now; they are held no longer */
  *answer(index: number, result: GeneratedText): Generator<readonly [SourceText, GeneratedText], void, undefined> {
    this.#results.set(index, result);
    for (let next = this.#results.get(this.#first); next; next = this.#results.get(this.#first)) {
      this.#results.delete(this.#first++);
      yield [this.#waiting.shift() as SourceText, next];
    }
  }
}
