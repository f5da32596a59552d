import { extname } from 'node:path';
import { HasheeError } from '@hashee/core';
import type { PipelineInput } from '@hashee/pipeline';
import type { Context } from '../context.js';
import { invalidLine } from '../io/invalid-line.js';
import { type Line, readLines } from '../io/line-reader.js';
import { openInput } from '../io/open-input.js';
import { chooseColumns, splitRow } from '../io/tsv-columns.js';
import { nameColumnOption } from './name-column-option.js';
import { splitColumns } from './split-columns.js';

export interface TextSourceOptions {
  readonly file?: string | undefined;
  readonly textColumn?: string | undefined;
  readonly pair?: string | undefined;
  readonly skipEmpty?: true | undefined;
}

/** A text and where it came from. */
export interface SourceText {
  readonly input: PipelineInput;
  /** What `number` counts: arguments of the command line, lines of a text or TSV file, or rows below a header. */
  readonly from: 'argument' | 'line' | 'row';
  /** From 1. */
  readonly number: number;
}

/** Formats that `@hashee/eval` reads; a TSV with a chosen column is simple enough to be read line by line. */
const ROWS = ['.csv', '.jsonl', '.ndjson'];

function usage(message: string): never {
  throw new HasheeError('INVALID_ARGUMENT', message);
}

/** Decides where texts come from. @throws HasheeError `INVALID_ARGUMENT` where that isn't clear, `NOT_FOUND`, `IO` */
export async function openTexts(
  texts: readonly string[],
  options: TextSourceOptions,
  context: Pick<Context, 'stdin' | 'signal'>,
  command: 'classify' | 'summarize' = 'classify',
): Promise<AsyncIterable<SourceText> | Iterable<SourceText>> {
  const { file, textColumn: column, pair, skipEmpty = false } = options;
  if (texts.length > 0) {
    if (file !== undefined) usage('Texts were given on the command line and with --file; use one of them.');
    if (column !== undefined) usage('--text-column belongs to --file or standard input.');
    return fromCommandLine(texts, pair, skipEmpty);
  }
  if (pair !== undefined) usage('--pair needs a first text on the command line.');
  if (file === undefined && context.stdin.isTTY)
    usage(`Nothing to ${command}: give a text, or --file, or pipe text in. See hashee ${command} --help.`);
  if (file !== undefined && file !== '-') {
    const extension = extname(file).toLowerCase();
    if (ROWS.includes(extension) || (extension === '.tsv' && column === undefined))
      return fromRows(file, column, skipEmpty, context);
  }
  const { name, chunks } = await openInput(file ?? '-', context);
  const lines = readLines(chunks, name);
  return column === undefined ? fromLines(lines, name, skipEmpty) : fromTable(lines, name, column, skipEmpty);
}

function fromCommandLine(texts: readonly string[], pair: string | undefined, skipEmpty: boolean): SourceText[] {
  if (pair !== undefined && texts.length > 1) usage(`--pair takes one first text, got ${texts.length}.`);
  const sources = texts.map((text, i) => ({
    input: pair === undefined ? text : { text, text_pair: pair },
    number: i + 1,
    from: 'argument' as const,
  }));
  const kept = skipEmpty ? sources.filter((_, i) => texts[i].trim() !== '') : sources;
  kept.forEach(({ number }) => {
    if (texts[number - 1].trim() === '' || pair?.trim() === '')
      usage(`Text ${number} is empty; there is nothing in it to work on.`);
  });
  return kept;
}

const EMPTY = 'the text is empty. Take the line out, or leave such lines out with --skip-empty.';

async function* fromLines(lines: AsyncIterable<Line>, name: string, skipEmpty: boolean): AsyncGenerator<SourceText> {
  for await (const line of lines) {
    if (line.text.trim() !== '') yield { input: line.text, number: line.number, from: 'line' };
    else if (!skipEmpty) throw invalidLine(name, line.number, EMPTY);
  }
}

async function* fromTable(
  lines: AsyncIterable<Line>,
  name: string,
  column: string,
  skipEmpty: boolean,
): AsyncGenerator<SourceText> {
  let positions: readonly number[] | undefined;
  for await (const line of lines) {
    const cells = splitRow(line.text);
    if (!positions) {
      const chosen = chooseColumns(column, cells, name);
      positions = chosen.positions;
      if (chosen.header) continue;
    }
    if (skipEmpty && line.text.trim() === '') continue;
    const texts = positions.map((position) => {
      const text = cells[position];
      if (text === undefined)
        throw invalidLine(name, line.number, `${cells.length} columns; column ${position + 1} is needed.`);
      return text;
    });
    if (texts.every((text) => text.trim() !== ''))
      yield {
        input: texts.length === 2 ? { text: texts[0], text_pair: texts[1] } : texts[0],
        number: line.number,
        from: 'line',
      };
    else if (!skipEmpty) throw invalidLine(name, line.number, EMPTY);
  }
}

async function* fromRows(
  file: string,
  column: string | undefined,
  skipEmpty: boolean,
  { signal }: Pick<Context, 'signal'>,
): AsyncGenerator<SourceText> {
  if (skipEmpty) usage('--skip-empty is for text files, and for a TSV with --text-column.');
  const { streamDataset } = await import('@hashee/eval');
  const text = splitColumns(column);
  const columns = text === undefined ? {} : { text };
  let number = 0;
  try {
    for await (const example of streamDataset(file, { columns, unlabelled: true, signal }))
      yield { input: example.text, from: 'row', number: ++number };
  } catch (error) {
    throw nameColumnOption(error, { text: '--text-column' });
  }
}
