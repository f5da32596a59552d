import { availableParallelism, cpus, loadavg } from 'node:os';
import type { Model } from '@hashee/checkpoint';
import { HasheeError } from '@hashee/core';
import { type PipelineInput, pipeline, type RunSummary } from '@hashee/pipeline';
import type { Context } from '../../context.js';
import { splitFile } from '../../data/load-split.js';
import { streamSink } from '../../io/line-sink.js';
import { loadModelFor, type ModelOptions } from '../../model/load-model.js';
import { count, duration, rate } from '../../terminal/format.js';
import { createProgress } from '../../terminal/progress.js';
import { columns } from '../../terminal/table.js';
import { openTexts } from '../classify/text-source.js';
import { type Measured, measureInTurn, type Runner } from './measure-in-turn.js';

export interface BenchOptions extends ModelOptions {
  readonly task?: string | undefined;
  readonly data?: string | undefined;
  readonly column?: string | undefined;
  readonly batchSize: number;
  readonly maxLength?: number | undefined;
  readonly threads: number;
  readonly rounds: number;
  readonly json?: true | undefined;
}

export async function bench(given: string | undefined, options: BenchOptions, context: Context): Promise<void> {
  const { signal, stdout, stderr } = context;
  const file = splitFile('dev', given, options, context);
  const texts = await readTexts(file, options, context);
  const model = await loadModelFor(options, context);
  if (!model.exitTable)
    throw new HasheeError('INVALID_ARGUMENT', 'The model has no exit table, so there is nothing to compare.', {
      fields: { model: model.directory },
    });
  const progress = await createProgress(stderr, 'Measuring', options.quiet);
  const runners: Runner[] = [];
  try {
    for (const exitTable of [null, undefined])
      runners.push(await loadRunner(model, exitTable, texts, options, context));
    const [dense, exits] = await measureInTurn(runners, options.rounds, (done, total) =>
      progress.update({ done, total, text: `round ${done} of ${total}` }),
    );
    progress.stop();
    const sink = streamSink(stdout, signal);
    if (options.json) await sink.line(JSON.stringify(describe(file, options, dense, exits)));
    else for (const line of table(options, dense, exits)) await sink.line(line);
  } finally {
    progress.stop();
    for (const runner of runners) await runner.dispose();
  }
}

async function readTexts(file: string, options: BenchOptions, context: Context): Promise<PipelineInput[]> {
  const texts: PipelineInput[] = [];
  for await (const { input } of await openTexts([], { file, column: options.column }, context)) texts.push(input);
  if (texts.length === 0)
    throw new HasheeError('INVALID_DATA', `${file} has no texts to measure with.`, { fields: { file } });
  return texts;
}

async function loadRunner(
  model: Model,
  exitTable: null | undefined,
  texts: readonly PipelineInput[],
  { batchSize, maxLength, threads }: BenchOptions,
  { createBackend, signal }: Context,
): Promise<Runner> {
  const backend = await createBackend({ threads });
  const settings = { backend, exitTable, batchSize, maxLength, window: texts.length, signal };
  const tags = model.heads.find(({ name }) => name === 'main')?.task === 'token-classification';
  const loaded = tags
    ? await pipeline('token-classification', model, settings)
    : await pipeline('text-classification', model, settings);
  return {
    run: async (): Promise<RunSummary> => (await loaded.run(texts, { signal })).summary,
    dispose: loaded.dispose,
  };
}

function describe(file: string, options: BenchOptions, dense: Measured, exits: Measured): Record<string, unknown> {
  const { batchSize, threads, rounds } = options;
  return {
    file,
    texts: dense.summary.sequences,
    tokens: dense.summary.tokens,
    ...{ batchSize, threads, rounds },
    machine: {
      processor: cpus()[0]?.model.trim(),
      cores: availableParallelism(),
      node: process.versions.node,
      platform: `${process.platform} ${process.arch}`,
      load: loadavg()[0],
    },
    dense,
    exits,
    speedup: { total: dense.total.median / exits.total.median, compute: dense.compute.median / exits.compute.median },
  };
}

function table({ batchSize, threads, rounds }: BenchOptions, dense: Measured, exits: Measured): string[] {
  const { sequences, layers } = exits.summary;
  const speed = ({ median }: Measured['total']): string => rate((1000 * sequences) / median);
  const spread = ({ median, fastest, slowest }: Measured['total']): string =>
    `${duration(median)} (${duration(fastest)} to ${duration(slowest)})`;
  const row = (name: string, measured: Measured): string[] => [
    name,
    speed(measured.total),
    speed(measured.compute),
    spread(measured.total),
    `${measured.summary.meanExitLayer.toFixed(2)} of ${layers}`,
  ];
  const times = (part: 'total' | 'compute'): string => `${(dense[part].median / exits[part].median).toFixed(2)}x`;
  return [
    `${count(sequences)} texts, batches of ${batchSize}, threads ${threads}, rounds ${rounds}`,
    ...columns([
      ['', 'sequences/s', 'without tokenizing', 'median of a round', 'mean exit layer'],
      row('dense', dense),
      row('exits', exits),
      ['speed-up', times('total'), times('compute'), '', `counted ${countedSpeedup(dense, exits).toFixed(2)}x`],
    ]),
  ];
}

/** By multiply-accumulates that each of the two executed. */
function countedSpeedup(dense: Measured, exits: Measured): number {
  return dense.summary.macs / exits.summary.macs;
}
