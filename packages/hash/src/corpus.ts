import { HasheeError, throwIfAborted } from '@hashee/core';
import type { HashProgress } from './progress.js';

/** One tokenized text, or pair of texts, special tokens included. */
export interface CorpusExample {
  readonly inputIds: ArrayLike<number>;
  /**
   * A class from 0, or a number for regression; one for each token in token classification, negative where a token has
   * none. Only the mutual-information hash reads it: it counts labelled tokens, so a type that never has a label exits at L.
   */
  readonly label?: number | ArrayLike<number> | undefined;
  /** Exit layer of each token, in place of the table's; see `randomInconsistentExits`. Only `describeTable` reads it. */
  readonly exitLayers?: ArrayLike<number> | undefined;
}

/** Read once, from first to last, and never held: memory is bounded by the vocabulary. */
export type Corpus = Iterable<CorpusExample> | AsyncIterable<CorpusExample>;

export interface CorpusOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((event: HashProgress) => void) | undefined;
}

/** Longest stretch without giving way to other work, in milliseconds. */
const STRETCH = 100;

/**
 * Reads a corpus, checks each example and hands it on.
 * @param name what the corpus is, for messages and progress: `train`, `dev`, ...
 * @throws HasheeError `INVALID_DATA` for ids outside the vocabulary and sequences without tokens, `ABORTED`
 */
export async function readCorpus(
  corpus: Corpus,
  name: string,
  vocabSize: number,
  options: CorpusOptions,
  visit: (example: CorpusExample, sequence: number) => void,
): Promise<void> {
  const { signal, onProgress } = options;
  const doing = `Reading the ${name} corpus`;
  throwIfAborted(signal, doing);
  if (typeof corpus !== 'object' || corpus === null || !(Symbol.iterator in corpus || Symbol.asyncIterator in corpus))
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `The ${name} corpus must be an iterable or async iterable of { inputIds }, got ${corpus === null ? 'null' : typeof corpus}.`,
      { fields: { corpus: name } },
    );
  let sequences = 0;
  let tokens = 0;
  let paused = performance.now();
  const take = (example: CorpusExample): void => {
    throwIfAborted(signal, doing);
    checkIds(example, name, sequences, vocabSize);
    visit(example, sequences);
    sequences++;
    tokens += example.inputIds.length;
  };
  // Without it an abort could not arrive while an array is read.
  const giveWay = async (): Promise<void> => {
    if (performance.now() - paused < STRETCH) return;
    onProgress?.({ status: 'reading', corpus: name, sequences, tokens, done: false });
    await new Promise<void>((resolve) => setTimeout(resolve));
    paused = performance.now();
  };
  if (Symbol.asyncIterator in corpus) {
    for await (const example of corpus) {
      take(example);
      await giveWay();
    }
  } else {
    for (const example of corpus) {
      take(example);
      if (sequences % 64 === 0) await giveWay();
    }
  }
  throwIfAborted(signal, doing);
  onProgress?.({ status: 'reading', corpus: name, sequences, tokens, done: true });
}

function checkIds(example: CorpusExample, corpus: string, sequence: number, vocabSize: number): void {
  const inputIds: ArrayLike<number> | undefined = example?.inputIds;
  if (!inputIds || !(inputIds.length > 0))
    throw new HasheeError(
      'INVALID_DATA',
      `The ${corpus} corpus: sequence ${sequence} has no tokens; each has at least one.`,
      {
        fields: { corpus, sequence },
      },
    );
  for (let position = 0; position < inputIds.length; position++) {
    const id = inputIds[position];
    if (!Number.isInteger(id) || id < 0 || id >= vocabSize)
      throw new HasheeError(
        'INVALID_DATA',
        `The ${corpus} corpus: token ${position} of sequence ${sequence} has id ${id}, expected 0 to ${vocabSize - 1}. Tokenize it with the tokenizer that the table is for.`,
        { fields: { corpus, sequence, position, id, vocabSize } },
      );
  }
}
