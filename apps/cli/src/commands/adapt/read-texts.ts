import { basename, extname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { HasheeError, Random, type TextInput, type Tokenizer, type TokenSequence, throwIfAborted } from '@hashee/core';
import { streamDataset } from '@hashee/eval';
import type { ProgressDisplay } from '@hashee/terminal';
import type { Context } from '../../context.js';
import { nameColumnOption } from '../../data/name-column-option.js';
import { splitColumns } from '../../data/split-columns.js';
import { openTexts } from '../../data/text-source.js';

export interface AdaptTextOptions {
  readonly texts: readonly string[];
  readonly textColumn?: string | undefined;
  readonly limit?: number | undefined;
  readonly seed: number;
}

export interface AdaptTexts {
  /** Names of the files. */
  readonly names: readonly string[];
  readonly sequences: readonly TokenSequence[];
  /** Texts in the files. */
  readonly found: number;
  /** How many were cut off. */
  readonly truncated: number;
}

const ROWS = ['.tsv', '.csv', '.jsonl', '.ndjson'];
const TAGGED = ['.conll', '.bio'];
/** Other work, such as Ctrl-C, gets a turn after so many. */
const TEXTS_AT_A_TIME = 128;

/**
 * Reads and tokenizes the texts, or as many of them as may be taken: each with the same chance.
 * @throws HasheeError `INVALID_ARGUMENT` where there are none, `INVALID_DATA`, `NOT_FOUND`, `IO`, `ABORTED`
 */
export async function readTexts(
  options: AdaptTextOptions,
  tokenizer: Tokenizer,
  maxLength: number,
  context: Context,
  progress: ProgressDisplay,
): Promise<AdaptTexts> {
  const { limit = Number.POSITIVE_INFINITY } = options;
  const names = options.texts.map((file) => (file === '-' ? 'standard input' : basename(file)));
  const random = Random.stream(options.seed, 1);
  const kept: TextInput[] = [];
  let found = 0;
  const breathe = async (done: number, total: number | undefined, text: string): Promise<void> => {
    if (done % TEXTS_AT_A_TIME !== 0) return;
    progress.update({ done, total, text });
    await setImmediate();
    throwIfAborted(context.signal, 'Reading texts');
  };
  for (const [index, file] of options.texts.entries())
    for await (const text of textsOf(file, options.textColumn, context)) {
      await breathe(found, undefined, `texts, ${names[index]}`);
      // Reservoir sampling (Vitter's algorithm R).
      const place = found < limit ? found : random.below(found + 1);
      if (place < limit) kept[place] = text;
      found++;
    }
  if (found === 0)
    throw new HasheeError('INVALID_ARGUMENT', `There are no texts in ${names.join(', ')}.`, {
      fields: { files: options.texts },
    });
  let truncated = 0;
  const sequences: TokenSequence[] = [];
  for (const [index, text] of kept.entries()) {
    await breathe(index, kept.length, 'texts tokenized');
    const encoded = tokenizer.encode(text, { maxLength });
    if (encoded.truncated) truncated++;
    sequences.push({ inputIds: encoded.inputIds, tokenTypeIds: encoded.tokenTypeIds });
  }
  return { names, sequences, found, truncated };
}

async function* textsOf(file: string, column: string | undefined, context: Context): AsyncGenerator<TextInput> {
  const extension = file === '-' ? '' : extname(file).toLowerCase();
  const numbered = extension === '.tsv' && column !== undefined && /^\d+(,\s*\d+)?$/.test(column.trim());
  if (TAGGED.includes(extension) || (ROWS.includes(extension) && !numbered)) {
    const kind = TAGGED.includes(extension) ? 'token-classification' : 'sequence-classification';
    const text = kind === 'sequence-classification' ? splitColumns(column) : undefined;
    const columns = text === undefined ? {} : { text };
    try {
      for await (const example of streamDataset(file, { kind, columns, unlabelled: true, signal: context.signal }))
        yield 'words' in example ? example.words.join(' ') : example.text;
    } catch (error) {
      throw nameColumnOption(error);
    }
    return;
  }
  // A file of lines has no columns.
  const source = { file, textColumn: numbered ? column : undefined, skipEmpty: true } as const;
  for await (const { input } of await openTexts([], source, context))
    if (typeof input === 'object' && 'text' in input)
      yield input.text_pair === undefined ? input.text : [input.text, input.text_pair];
    else yield input;
}
