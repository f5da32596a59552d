import { HasheeError } from '@hashee/core';
import { type Corpus, type CorpusExample, type CorpusOptions, readCorpus } from './corpus.js';

/** Size of a corpus as read; special tokens count as tokens. */
export interface CorpusSize {
  readonly sequences: number;
  readonly tokens: number;
}

/** What tables and targets need to know of a corpus, in memory bounded by the vocabulary. */
export class TypeCounts {
  sequences = 0;
  tokens = 0;
  /** Sum of the squared sequence lengths. */
  squaredLengths = 0;
  /** Occurrences of each id, special ones too, `[V]`. */
  readonly occurrences: Float64Array;
  /** For each id, the lengths of the sequences it stands in, summed over its occurrences, `[V]`. */
  readonly lengthsAround: Float64Array;
  /** Ids that occur and are not special, in order of first occurrence. */
  readonly firstSeen: number[] = [];
  readonly #special: Uint8Array;

  /** @param special `[V]`, 1 for special ids */
  constructor(special: Uint8Array) {
    this.#special = special;
    this.occurrences = new Float64Array(special.length);
    this.lengthsAround = new Float64Array(special.length);
  }

  add({ inputIds }: CorpusExample): void {
    const length = inputIds.length;
    this.sequences++;
    this.tokens += length;
    this.squaredLengths += length * length;
    for (let position = 0; position < length; position++) {
      const id = inputIds[position];
      if (this.occurrences[id] === 0 && this.#special[id] === 0) this.firstSeen.push(id);
      this.occurrences[id]++;
      this.lengthsAround[id] += length;
    }
  }

  /**
   * Reads a corpus to the end and adds it.
   * @param visit called with each example after it was counted
   * @throws HasheeError `INVALID_DATA`, `INVALID_ARGUMENT` for an empty corpus, `ABORTED`
   */
  async read(
    corpus: Corpus,
    name: string,
    options: CorpusOptions,
    visit?: (example: CorpusExample, sequence: number) => void,
  ): Promise<CorpusSize> {
    const before = { sequences: this.sequences, tokens: this.tokens };
    await readCorpus(corpus, name, this.#special.length, options, (example, sequence) => {
      this.add(example);
      visit?.(example, sequence);
    });
    const size = { sequences: this.sequences - before.sequences, tokens: this.tokens - before.tokens };
    if (size.sequences === 0)
      throw new HasheeError(
        'INVALID_ARGUMENT',
        `The ${name} corpus is empty. A generator can be read only once: give each call a fresh one, or an array.`,
        { fields: { corpus: name } },
      );
    return size;
  }
}
