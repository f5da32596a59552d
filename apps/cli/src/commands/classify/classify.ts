import type { Model } from '@hashee/checkpoint';
import { HasheeError } from '@hashee/core';
import type { CallOptions, PipelineInput, RunSummary, TextClassification, TokenClassification } from '@hashee/pipeline';
import { createProgress, type ProgressDisplay, paintFor } from '@hashee/terminal';
import type { Context } from '../../context.js';
import { openTexts, type SourceText, type TextSourceOptions } from '../../data/text-source.js';
import { warnOfFileName } from '../../data/warn-of-file-name.js';
import { fileSink, type LineSink, streamSink } from '../../io/line-sink.js';
import { loadModelFor, type ModelOptions } from '../../model/load-model.js';
import { backendRequest, type RuntimeOptions } from '../../model/runtime-options.js';
import { summaryLine } from '../../terminal/summary-line.js';
import { createFormatter, type Formatter } from './formatter.js';

export interface ClassifyOptions extends ModelOptions, RuntimeOptions, TextSourceOptions {
  readonly head?: string | undefined;
  readonly json?: true | undefined;
  readonly explain?: true | undefined;
  readonly topK?: number | undefined;
  readonly output?: string | undefined;
  readonly batchSize?: number | undefined;
  readonly maxLength?: number | undefined;
  readonly threads?: number | undefined;
  readonly dense?: true | undefined;
}

type Answer = TextClassification | TokenClassification;
type Inputs = Iterable<PipelineInput> | AsyncIterable<PipelineInput>;

interface Answerer {
  readonly layers: number;
  stream(inputs: Inputs, options: CallOptions): AsyncIterable<Answer>;
  dispose(): Promise<void>;
}

/** A first text of slow input waits this long for company, in milliseconds. */
const MAX_WAIT = 250;
/** Truncated texts that are named one by one. */
const NAMED_WARNINGS = 5;

export async function classify(texts: readonly string[], options: ClassifyOptions, context: Context): Promise<void> {
  const sources = await openTexts(texts, options, context);
  if (!options.quiet) await warnOfFileName(texts, context);
  const sink =
    options.output === undefined ? streamSink(context.stdout, context.signal) : await fileSink(options.output);
  // Results that scroll by on a terminal are progress enough.
  const quiet = options.quiet === true || (options.output === undefined && context.stdout.isTTY === true);
  const progress = await createProgress(context.stderr, 'Classifying', quiet);
  let answerer: Answerer | undefined;
  try {
    const model = await loadModelFor(options, context);
    answerer = await loadAnswerer(model, options, context);
    const formatter = createFormatter(options, answerer.layers, paintFor(context.stdout, context.env));
    await answerAll(sources, answerer, formatter, sink, progress, options, context);
    await sink.finish();
  } finally {
    progress.stop();
    await sink.discard();
    await answerer?.dispose();
  }
}

async function loadAnswerer(model: Model, options: ClassifyOptions, context: Context): Promise<Answerer> {
  const head = model.heads.find(({ name }) => name === (options.head ?? 'main'));
  if (head?.task === 'token-classification' && options.topK !== undefined)
    throw new HasheeError(
      'INVALID_ARGUMENT',
      '--top-k is for models that label whole texts, and this one labels words: each entity comes with its one label.',
      { fields: { option: 'top-k', head: head.name, task: head.task } },
    );
  const { pipeline } = await import('@hashee/pipeline');
  const settings = {
    backend: await context.createBackend(backendRequest(options, options.threads)),
    head: options.head,
    dtype: options.dtype,
    exitTable: options.dense ? null : undefined,
    batchSize: options.batchSize,
    maxLength: options.maxLength,
    maxWait: MAX_WAIT,
    signal: context.signal,
  };
  const layers = model.config.layers;
  if (head?.task === 'token-classification') {
    const tag = await pipeline('token-classification', model, settings);
    return { layers, stream: tag.stream, dispose: tag.dispose };
  }
  const label = await pipeline('text-classification', model, settings);
  return {
    layers,
    stream: (inputs, call) => label.stream(inputs, { ...call, topK: options.topK }),
    dispose: label.dispose,
  };
}

async function answerAll(
  sources: Iterable<SourceText> | AsyncIterable<SourceText>,
  answerer: Answerer,
  formatter: Formatter,
  sink: LineSink,
  progress: ProgressDisplay,
  options: ClassifyOptions,
  { signal, stderr, env }: Context,
): Promise<void> {
  const paint = paintFor(stderr, env);
  const started = performance.now();
  const waiting: SourceText[] = [];
  async function* inputs(): AsyncGenerator<PipelineInput> {
    for await (const source of sources) {
      waiting.push(source);
      yield source.input;
    }
  }
  let summary: RunSummary | undefined;
  const onBatch = (latest: RunSummary): void => {
    summary = latest;
    const rate = (1000 * latest.sequences) / (performance.now() - started);
    progress.update({ done: latest.sequences, text: `texts, ${rate.toFixed(0)}/s` });
  };
  let truncated = 0;
  for await (const answer of answerer.stream(inputs(), { signal, explain: options.explain, onBatch })) {
    const source = waiting.shift() as SourceText;
    for (const line of formatter(source, answer)) await sink.line(line);
    if (!answer.truncated || options.quiet || ++truncated > NAMED_WARNINGS) continue;
    progress.clear();
    stderr.write(
      `${paint('yellow', 'warning:')} text ${source.number} was cut from ${answer.fullLength} to ${answer.length} tokens; the answer is about its beginning.\n`,
    );
  }
  progress.stop();
  if (options.quiet) return;
  if (truncated > NAMED_WARNINGS) stderr.write(`${paint('yellow', 'warning:')} ${truncated} texts were cut in all.\n`);
  stderr.write(`${paint('dim', summaryLine(summary, performance.now() - started))}\n`);
}
