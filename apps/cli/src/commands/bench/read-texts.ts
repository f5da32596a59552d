import { basename } from 'node:path';
import { HasheeError, type TextInput } from '@hashee/core';
import { streamDataset } from '@hashee/eval';
import type { Context } from '../../context.js';
import { fileOptions } from '../../data/file-options.js';
import { splitFile } from '../../data/load-split.js';
import { resolveReading } from '../../data/read-options.js';
import { openTexts } from '../../data/text-source.js';

export interface BenchTextOptions {
  readonly file?: string | undefined;
  readonly textColumn?: string | undefined;
  readonly task?: string | undefined;
  readonly data?: string | undefined;
  readonly limit?: number | undefined;
}

export interface BenchTexts {
  /** What they are called in reports: a file's name, or a task's. */
  readonly name: string;
  readonly texts: readonly TextInput[];
}

/** @throws HasheeError `INVALID_ARGUMENT` where it isn't clear which texts are meant, or there are none, and what reading throws */
export async function readBenchTexts(options: BenchTextOptions, context: Context): Promise<BenchTexts> {
  const { file, task, textColumn: column, limit = Number.POSITIVE_INFINITY } = options;
  if ((file === undefined) === (task === undefined))
    throw new HasheeError('INVALID_ARGUMENT', 'Which texts? Give a file, or --task <name> and --data <folder>.');
  if (task !== undefined && column !== undefined)
    throw new HasheeError('INVALID_ARGUMENT', '--text-column belongs to --file; a task has its columns.');
  const source = file === undefined ? taskTexts(options, context) : fileTexts(file, column, context);
  const texts: TextInput[] = [];
  for await (const text of source) {
    texts.push(text);
    if (texts.length >= limit) break;
  }
  const name = file === undefined ? `${task} dev` : basename(file);
  if (texts.length === 0) throw new HasheeError('INVALID_ARGUMENT', `There are no texts in ${name}.`);
  return { name, texts };
}

async function* fileTexts(file: string, column: string | undefined, context: Context): AsyncGenerator<TextInput> {
  // Rows of a data file have no empty texts; lines of a text file may.
  const hasRows = /\.(csv|jsonl)$/i.test(file) || (/\.tsv$/i.test(file) && column === undefined);
  const lines = hasRows ? {} : ({ skipEmpty: true } as const);
  for await (const { input } of await openTexts([], { file, textColumn: column, ...lines }, context))
    yield typeof input === 'object' && 'text' in input
      ? input.text_pair === undefined
        ? input.text
        : [input.text, input.text_pair]
      : input;
}

async function* taskTexts(options: BenchTextOptions, context: Context): AsyncGenerator<TextInput> {
  const reading = await resolveReading(options);
  const file = await splitFile('dev', undefined, options, context);
  const found = await fileOptions(file, reading, context.signal);
  for await (const example of streamDataset(file, { ...found, unlabelled: true }))
    yield 'words' in example ? example.words.join(' ') : example.text;
}
