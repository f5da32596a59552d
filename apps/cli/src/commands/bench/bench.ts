import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { type Backend, HasheeError, throwIfAborted } from '@hashee/core';
import { describeMachine } from '@hashee/eval';
import { createProgress } from '@hashee/terminal';
import type { BackendRequest, Context } from '../../context.js';
import { fileSink, streamSink } from '../../io/line-sink.js';
import { loadModelFor, type ModelOptions } from '../../model/load-model.js';
import { backendRequest, type RuntimeOptions } from '../../model/runtime-options.js';
import { version } from '../../version.js';
import { cutSlices } from './cut-slices.js';
import { measureCell } from './measure-cell.js';
import { type BenchTextOptions, readBenchTexts } from './read-texts.js';
import type { BenchCell, BenchPart, BenchReport } from './report.js';
import { reportLines } from './report-lines.js';

export interface BenchOptions extends ModelOptions, BenchTextOptions, RuntimeOptions {
  readonly what: BenchPart;
  readonly batchSize: readonly number[];
  readonly threads?: readonly number[] | undefined;
  readonly rounds: number;
  readonly warmup: number;
  readonly head?: string | undefined;
  readonly maxLength?: number | undefined;
  readonly json?: true | undefined;
  readonly output?: string | undefined;
}

const DENSE =
  'the same weights without the exit table: every token runs all layers, but the last layer computes only the positions that the head reads';

export async function bench(given: string | undefined, options: BenchOptions, context: Context): Promise<void> {
  if (given !== undefined && options.file !== undefined)
    throw new HasheeError('INVALID_ARGUMENT', 'The file was given twice, with --file and without.');
  const file = options.output === undefined ? undefined : await fileSink(options.output);
  try {
    const report = await measure({ ...options, file: given ?? options.file }, context);
    const sink = streamSink(context.stdout, context.signal);
    for (const line of options.json ? [JSON.stringify(report)] : reportLines(report)) await sink.line(line);
    await file?.line(JSON.stringify(report, undefined, 2));
    await file?.finish();
  } finally {
    await file?.discard();
  }
}

async function measure(options: BenchOptions, context: Context): Promise<BenchReport> {
  const { rounds, warmup, what: part } = options;
  const { signal } = context;
  const { name, texts } = await readBenchTexts(options, context);
  const model = await loadModelFor(options, context);
  const { config, exitTable, tokenizer } = model;
  const head = options.head ?? 'main';
  if (!model.heads.some((each) => each.name === head))
    throw new HasheeError(
      'NOT_FOUND',
      `The model has no head "${head}". Its heads: ${model.heads.map((each) => each.name).join(', ') || 'none; fine-tune it first'}.`,
      { fields: { head } },
    );
  if (!exitTable)
    throw new HasheeError(
      'INVALID_ARGUMENT',
      'The model has no exit table, so there is nothing to compare it with. Train it with one (hashee train --hash frequency).',
      { fields: { model: model.directory } },
    );
  const maxLength = Math.min(options.maxLength ?? config.maxLength, config.maxLength);
  const encoded = texts.map((text) => tokenizer.encode(text, { maxLength }));
  const lengths = encoded.map(({ inputIds }) => inputIds.length);
  // TensorFlow.js has one number in a process.
  const threadCounts =
    options.threads ?? (options.runtime === 'tfjs' ? [1] : [...new Set([1, availableParallelism()])]);

  const date = new Date().toISOString();
  const machine = describeMachine();
  const request = (threads: number): BackendRequest => backendRequest(options, threads);
  const runtime = await describeRuntime(
    await context.createBackend(request(threadCounts[0])),
    request(threadCounts[0]),
  );
  const progress = await createProgress(context.stderr, 'Measuring', options.quiet);
  const cells: BenchCell[] = [];
  let dtype = '';
  let done = 0;
  const cut = options.batchSize.map((batchSize) => ({ batchSize, slices: cutSlices(lengths, batchSize) }));
  const turns = cut.reduce((sum, { slices }) => sum + slices.length, 0);
  const sides = options.runtime === 'tfjs' ? 2 : 3;
  const total = threadCounts.length * turns * sides * (rounds + warmup);
  try {
    for (const threads of threadCounts)
      for (const { batchSize, slices } of cut) {
        throwIfAborted(signal, 'The measurement');
        const setting = `${threads} ${threads === 1 ? 'thread' : 'threads'}, batches of ${batchSize}`;
        const backend = await context.createBackend(request(threads));
        const lastLayer = options.runtime === 'tfjs' ? undefined : 'all';
        const fullBackend = lastLayer && (await context.createBackend({ ...request(threads), lastLayer }));
        const { dtype: asked } = options;
        const settings = {
          part,
          model,
          head,
          texts,
          encoded,
          slices,
          maxLength,
          backend,
          batchSize,
          dtype: asked,
          signal,
        };
        progress.update({ done, total, text: setting });
        const onRun = (side: string): void => progress.update({ done: ++done, total, text: `${setting}, ${side}` });
        const { dtype: computed, ...cell } = await measureCell({
          ...settings,
          fullBackend,
          threads,
          rounds,
          warmup,
          onRun,
        });
        dtype = computed;
        cells.push(cell);
      }
  } finally {
    progress.stop();
  }
  return {
    format: 'hashee-bench',
    version: 2,
    date,
    hashee: version(),
    part,
    dense: DENSE,
    model: {
      name: basename(model.directory),
      layers: config.layers,
      hiddenSize: config.hiddenSize,
      head,
      dtype,
      hash: exitTable.hash,
    },
    texts: {
      name,
      sequences: texts.length,
      meanTokens: lengths.reduce((sum, length) => sum + length, 0) / lengths.length,
      longestTokens: Math.max(...lengths),
      truncated: encoded.filter(({ truncated }) => truncated).length,
      order: 'sorted by length',
    },
    rounds,
    warmup,
    machine,
    runtime,
    cells,
  };
}

/** The options are those of every cell but for the number of threads. */
async function describeRuntime(
  { name }: Backend,
  { engine, threads }: BackendRequest,
): Promise<BenchReport['runtime']> {
  if (name === 'tfjs') {
    const { describeTfjs } = await import('@hashee/runtime-tfjs');
    const { package: packageName, version: packageVersion, features } = await describeTfjs({ engine, threads });
    return { name: packageName, version: packageVersion, sessionOptions: features };
  }
  if (name !== 'onnx') return { name };
  const { describeOnnx } = await import('@hashee/runtime-onnx');
  const { package: packageName, version: packageVersion, sessionOptions } = await describeOnnx();
  return { name: packageName, version: packageVersion, sessionOptions };
}
