import { extname } from 'node:path';
import type { Tokenizer } from '@hashee/core';
import { encodeDataset, encodeWords, streamDataset } from '@hashee/eval';
import type { Corpus, CorpusExample } from '@hashee/hash';
import type { Context } from '../context.js';
import { readLines } from '../io/line-reader.js';
import { openInput } from '../io/open-input.js';
import { loadSplit } from './load-split.js';
import { nameColumnOption } from './name-column-option.js';
import type { DataReading } from './read-options.js';

const STRUCTURED = ['.tsv', '.csv', '.jsonl', '.ndjson', '.conll', '.bio'];

export interface CorpusRequest {
  readonly tokenizer: Tokenizer;
  readonly maxLength: number;
  /** Read the labels too; then the file must have them. */
  readonly labelled: boolean;
}

/** A file of texts in tokens, for hashes. Without labels it is streamed; a plain text file has one text a line. */
export async function readCorpus(
  file: string,
  reading: DataReading,
  request: CorpusRequest,
  context: Context,
): Promise<Corpus> {
  const { tokenizer, maxLength, labelled } = request;
  if (labelled) {
    const dataset = await loadSplit(file, reading, context);
    return (await encodeDataset(dataset, tokenizer, { maxLength, signal: context.signal })).sequences;
  }
  if (file !== '-' && STRUCTURED.includes(extname(file).toLowerCase()))
    return encodeExamples(file, reading, request, context);
  const { name, chunks } = await openInput(file, context);
  return encodeLines(readLines(chunks, name), request);
}

async function* encodeExamples(
  file: string,
  { kind, columns }: DataReading,
  { tokenizer, maxLength }: CorpusRequest,
  { signal }: Context,
): AsyncGenerator<CorpusExample> {
  try {
    for await (const example of streamDataset(file, { kind, columns, unlabelled: true, signal }))
      yield 'words' in example
        ? encodeWords(tokenizer, example.words, { maxLength })
        : tokenizer.encode(example.text, { maxLength });
  } catch (error) {
    throw nameColumnOption(error);
  }
}

async function* encodeLines(
  lines: ReturnType<typeof readLines>,
  { tokenizer, maxLength }: CorpusRequest,
): AsyncGenerator<CorpusExample> {
  for await (const { text } of lines) if (text.trim() !== '') yield tokenizer.encode(text, { maxLength });
}
