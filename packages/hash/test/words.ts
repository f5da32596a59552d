import type { CorpusExample, Vocabulary } from '../src/index.js';

/** A vocabulary of whole words, for worked examples. The first three entries are special. */
export class Words implements Vocabulary {
  readonly specialIds: ReadonlySet<number> = new Set([0, 1, 2]);
  readonly fingerprint = 'words';
  readonly #entries: string[];

  constructor(words: readonly string[]) {
    this.#entries = ['[PAD]', '[CLS]', '[SEP]', ...words];
  }

  get vocabSize(): number {
    return this.#entries.length;
  }

  token(id: number): string {
    return this.#entries[id];
  }

  id(word: string): number {
    return this.#entries.indexOf(word);
  }

  example(text: string, label?: number): CorpusExample {
    return { inputIds: ['[CLS]', ...text.split(' '), '[SEP]'].map((word) => this.id(word)), label };
  }
}

/** The training set of the worked examples in the method's description. */
export const words: Words = new Words(['awful', 'twist', 'plot', 'fun', 'bad', 'movie', 'good']);
export const train: readonly CorpusExample[] = [
  words.example('good movie', 1),
  words.example('good fun movie', 1),
  words.example('bad movie', 0),
  words.example('bad bad plot', 0),
];
export const dev: readonly CorpusExample[] = [words.example('good plot twist', 0)];
