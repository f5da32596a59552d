import { extname } from 'node:path';
import { HasheeError, type Tokenizer } from '@hashee/core';
import type { TaskDescription } from '@hashee/eval';
import { encodeDataset, encodeWords, streamDataset } from '@hashee/eval';
import type { Corpus, CorpusExample } from '@hashee/hash';
import type { Context } from '../context.js';
import { readLines } from '../io/line-reader.js';
import { openInput } from '../io/open-input.js';
import { fileOptions } from './file-options.js';
import { loadSplit } from './load-split.js';
import { COLUMN_OPTIONS, nameColumnOption } from './name-column-option.js';
import type { DataReading } from './read-options.js';

const STRUCTURED = ['.tsv', '.csv', '.jsonl', '.ndjson', '.conll', '.bio'];

/** How the texts of a file are found; sources where the data is texts that become texts. */
export interface CorpusReading {
  readonly kind: DataReading['kind'] | 'generation';
  readonly columns: DataReading['columns'] & { readonly source?: string | undefined };
  readonly task?: TaskDescription | undefined;
}

export interface CorpusRequest {
  readonly tokenizer: Tokenizer;
  readonly maxLength: number;
  /** Read the labels too; then the file must have them. */
  readonly labelled: boolean;
  /** The file is the task's own, so it has columns whatever it is called. */
  readonly ofTask?: boolean | undefined;
}

/** A file of texts in tokens, for hashes. Without labels it is streamed; a plain text file has one text a line. */
export async function readCorpus(
  file: string,
  reading: CorpusReading,
  request: CorpusRequest,
  context: Context,
): Promise<Corpus> {
  const { tokenizer, maxLength, labelled } = request;
  if (labelled) {
    if (reading.kind === 'generation')
      throw new HasheeError('INVALID_ARGUMENT', 'This hash needs classes; sources and summaries have none.');
    const dataset = await loadSplit(file, reading as DataReading, context);
    return (await encodeDataset(dataset, tokenizer, { maxLength, signal: context.signal })).sequences;
  }
  if (request.ofTask || (file !== '-' && STRUCTURED.includes(extname(file).toLowerCase())))
    return encodeExamples(file, reading, request, context);
  const { name, chunks } = await openInput(file, context);
  return encodeLines(readLines(chunks, name), request);
}

async function* encodeExamples(
  file: string,
  reading: CorpusReading,
  { tokenizer, maxLength }: CorpusRequest,
  { signal }: Context,
): AsyncGenerator<CorpusExample> {
  try {
    for await (const example of streamDataset(file, {
      ...(await fileOptions(file, reading, signal)),
      unlabelled: true,
    }))
      yield 'words' in example
        ? encodeWords(tokenizer, example.words, { maxLength })
        : tokenizer.encode('source' in example ? example.source : example.text, { maxLength });
  } catch (error) {
    throw nameColumnOption(error, { ...COLUMN_OPTIONS, source: '--source-column' });
  }
}

async function* encodeLines(
  lines: ReturnType<typeof readLines>,
  { tokenizer, maxLength }: CorpusRequest,
): AsyncGenerator<CorpusExample> {
  for await (const { text } of lines) if (text.trim() !== '') yield tokenizer.encode(text, { maxLength });
}
