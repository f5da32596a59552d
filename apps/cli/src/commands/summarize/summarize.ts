import type { SequenceToSequence } from '@hashee/checkpoint';
import { HasheeError } from '@hashee/core';
import type { GenerationSummary, TextGenerator } from '@hashee/generation';
import { createProgress, type ProgressDisplay, paintFor, printable } from '@hashee/terminal';
import type { Context } from '../../context.js';
import type { SourceText, TextSourceOptions } from '../../data/text-source.js';
import { openTexts } from '../../data/text-source.js';
import { warnOfFileName } from '../../data/warn-of-file-name.js';
import { readLines } from '../../io/line-reader.js';
import { fileSink, type LineSink, streamSink } from '../../io/line-sink.js';
import { openInput } from '../../io/open-input.js';
import { loadSequenceToSequenceFor, type ModelOptions } from '../../model/load-model.js';
import { createFormatter, type Formatter } from './formatter.js';
import { type GenerationFlags, generationOptions } from './generation-flags.js';
import { generationLine } from './generation-line.js';
import { InOrder } from './in-order.js';

export interface SummarizeOptions extends ModelOptions, TextSourceOptions, GenerationFlags {
  readonly model: string;
  readonly whole?: true | undefined;
  readonly dtype?: string | undefined;
  readonly json?: true | undefined;
  readonly explain?: true | undefined;
  readonly output?: string | undefined;
  readonly batchSize?: number | undefined;
  readonly threads?: number | undefined;
  readonly dense?: true | undefined;
}

/** Truncated texts that are named one by one. */
const NAMED_WARNINGS = 5;

export async function summarize(texts: readonly string[], options: SummarizeOptions, context: Context): Promise<void> {
  const sources = options.whole
    ? await openWhole(texts, options, context)
    : await openTexts(texts, options, context, 'summarize');
  if (!options.quiet) await warnOfFileName(texts, context);
  const { stdout, stderr, signal, env } = context;
  const sink = options.output === undefined ? streamSink(stdout, signal) : await fileSink(options.output);
  const onTerminal = options.output === undefined && stdout.isTTY === true;
  const progress = await createProgress(stderr, 'Summarising', options.quiet === true || onTerminal);
  let generator: TextGenerator | undefined;
  try {
    const model = await loadSequenceToSequenceFor(options, context);
    generator = await loadGenerator(model, options, context);
    const formatter = createFormatter(options, model, paintFor(stdout, env));
    const batchSize = options.batchSize ?? (onTerminal ? 1 : undefined);
    const live = onTerminal && batchSize === 1 && !options.json;
    await summarizeAll(sources, { generator, formatter, sink, progress, batchSize, live }, options, context);
    await sink.finish();
  } finally {
    progress.stop();
    await sink.discard();
    await generator?.dispose();
  }
}

async function loadGenerator(
  model: SequenceToSequence,
  options: SummarizeOptions,
  context: Context,
): Promise<TextGenerator> {
  const { generator } = await import('@hashee/generation');
  return generator(model, {
    ...generationOptions(options, model),
    backend: await context.createBackend({ threads: options.threads }),
    dtype: options.dtype,
    ...(options.dense ? { exitTable: null, decoderExitTable: null } : {}),
    signal: context.signal,
  });
}

interface Work {
  readonly generator: TextGenerator;
  readonly formatter: Formatter;
  readonly sink: LineSink;
  readonly progress: ProgressDisplay;
  readonly batchSize: number | undefined;
  /** Tokens are shown as they are chosen. */
  readonly live: boolean;
}

async function summarizeAll(
  sources: Iterable<SourceText> | AsyncIterable<SourceText>,
  { generator, formatter, sink, progress, batchSize, live }: Work,
  { explain, quiet }: SummarizeOptions,
  { signal, stderr, env }: Context,
): Promise<void> {
  const paint = paintFor(stderr, env);
  const started = performance.now();
  const order = new InOrder();
  async function* texts(): AsyncGenerator<string> {
    for await (const source of sources) {
      order.add(source);
      yield textOf(source);
    }
  }
  let summary: GenerationSummary | undefined;
  const onBatch = (latest: GenerationSummary): void => {
    summary = latest;
  };
  let [written, tokens, cut] = [0, 0, 0];
  let streamed = false;
  for await (const event of generator.stream(texts(), { signal, explain, batchSize, onBatch })) {
    if (event.type === 'token') {
      progress.update({ done: written, text: `texts, ${++tokens} tokens` });
      if (!live) continue;
      await sink.part(printable(streamed ? event.text : event.text.trimStart()));
      streamed = true;
      continue;
    }
    for (const [source, result] of order.answer(event.index, event.result)) {
      const lines = formatter(source, result);
      // What a terminal has seen already isn't written again.
      if (streamed) await sink.part('\n');
      for (const line of streamed ? lines.slice(1) : lines) await sink.line(line);
      streamed = false;
      written++;
      progress.update({ done: written, text: `texts, ${tokens} tokens` });
      if (!result.truncated || quiet || ++cut > NAMED_WARNINGS) continue;
      progress.clear();
      stderr.write(`${paint('yellow', 'warning:')} text ${source.number} was cut; the summary is of its beginning.\n`);
    }
  }
  progress.stop();
  if (quiet) return;
  if (cut > NAMED_WARNINGS) stderr.write(`${paint('yellow', 'warning:')} ${cut} texts were cut in all.\n`);
  stderr.write(`${paint('dim', generationLine(summary, performance.now() - started))}\n`);
}

function textOf({ input, number, from }: SourceText): string {
  if (typeof input === 'string') return input;
  throw new HasheeError(
    'INVALID_ARGUMENT',
    `A summary is of one text; ${from} ${number} has two. Name one column with --text-column.`,
  );
}

/** All lines of a file, or of standard input, as one text. */
async function openWhole(
  texts: readonly string[],
  { file, textColumn }: SummarizeOptions,
  context: Context,
): Promise<SourceText[]> {
  if (texts.length > 0 || textColumn !== undefined)
    throw new HasheeError(
      'INVALID_ARGUMENT',
      '--whole is for a text file or standard input, without texts on the command line and without --text-column.',
    );
  if (file === undefined && context.stdin.isTTY)
    throw new HasheeError('INVALID_ARGUMENT', 'Nothing to summarize: give --file, or pipe text in.');
  const { name, chunks } = await openInput(file ?? '-', context);
  const lines: string[] = [];
  for await (const { text } of readLines(chunks, name)) lines.push(text);
  const input = lines.join('\n').trim();
  if (input === '') throw new HasheeError('INVALID_DATA', `${name} has no text in it.`, { fields: { file: name } });
  return [{ input, from: 'argument', number: 1 }];
}
