import { setImmediate } from 'node:timers/promises';
import { HasheeError, type HeadTask, type LabelledSequence, type Tokenizer, throwIfAborted } from '@hashee/core';
import type { Dataset, TaggedExample, TextExample } from './data/example.js';
import { encodeWords } from './encode-words.js';

/** A data set in tokens, ready for training and evaluation. */
export interface EncodedDataset {
  readonly task: HeadTask;
  /** Names by index, as the labels of the data set. */
  readonly labels: readonly string[];
  /** In the order of the data set. */
  readonly sequences: readonly LabelledSequence[];
  /** How many were cut off at `maxLength`. */
  readonly truncated: number;
}

export interface EncodeOptions {
  /** In tokens, special tokens included; longer texts are cut. @default no limit */
  readonly maxLength?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Tokenizing gives way to other work, such as Ctrl-C, after so many. */
const EXAMPLES_AT_A_TIME = 128;

/**
 * Tokenizes a labelled data set. The tag of a word becomes the label of its first token; all other tokens get -1.
 * Words that were cut off are not judged.
 * @throws HasheeError `INVALID_ARGUMENT` (unlabelled examples), `ABORTED`
 */
export async function encodeDataset<Kind extends HeadTask>(
  dataset: Dataset<Kind>,
  tokenizer: Tokenizer,
  options: EncodeOptions = {},
): Promise<EncodedDataset> {
  const { signal, maxLength } = options;
  const sequences: LabelledSequence[] = [];
  let truncated = 0;
  for (const [index, example] of dataset.examples.entries()) {
    if (index % EXAMPLES_AT_A_TIME === 0) {
      await setImmediate();
      throwIfAborted(signal, 'Tokenizing');
    }
    const encoded =
      'words' in example
        ? encodeTagged(example, tokenizer, maxLength)
        : encodeText(example as TextExample, tokenizer, maxLength);
    if (!encoded)
      throw new HasheeError(
        'INVALID_ARGUMENT',
        `Example ${index} of ${dataset.file} has no label. Training and evaluation need labelled examples.`,
        { fields: { example: index, file: dataset.file } },
      );
    if (encoded.truncated) truncated++;
    sequences.push(encoded.sequence);
  }
  return { task: dataset.kind, labels: dataset.labels, sequences, truncated };
}

interface Encoded {
  readonly sequence: LabelledSequence;
  readonly truncated: boolean;
}

function encodeText(example: TextExample, tokenizer: Tokenizer, maxLength?: number): Encoded | undefined {
  if (example.label === undefined) return undefined;
  const { inputIds, tokenTypeIds, truncated } = tokenizer.encode(
    example.text,
    maxLength === undefined ? {} : { maxLength },
  );
  return { sequence: { inputIds, tokenTypeIds, label: example.label }, truncated };
}

function encodeTagged(example: TaggedExample, tokenizer: Tokenizer, maxLength?: number): Encoded | undefined {
  if (!example.tags) return undefined;
  const { inputIds, tokenTypeIds, truncated, firstTokens } = encodeWords(tokenizer, example.words, { maxLength });
  const label = new Int32Array(inputIds.length).fill(-1);
  firstTokens.forEach((position, word) => {
    if (position >= 0) label[position] = example.tags![word];
  });
  return { sequence: { inputIds, tokenTypeIds, label }, truncated };
}
