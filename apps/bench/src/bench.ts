import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { type ExitTable, HasheeError, type TextInput } from '@hashee/core';
import { describeMachine } from '@hashee/eval';
import { writeWhole } from '@hashee/eval/files';
import { createProgress, type ProgressDisplay } from '@hashee/terminal';
import type { Context } from './context.js';
import { countWork } from './measure/count-work.js';
import { measureFreshStart } from './measure/fresh-start.js';
import { type Contestant, measureCell } from './measure/measure-cell.js';
import { planWork, type TextOrder } from './measure/plan-work.js';
import { type PreparedModel, prepareModel, type ShapeName } from './models/prepare-model.js';
import { taskTable } from './models/task-table.js';
import { type BenchTask, taskTexts } from './models/task-texts.js';
import { commandOf } from './report/command-of.js';
import type { BenchCell, FreshStart, PeersReport } from './report/report.js';
import { reportLines } from './report/report-lines.js';
import { parsePeersReport } from './report/report-schema.js';
import type { BenchPart, OpenSettings, Row, Setting } from './rows/row.js';
import { selectRows } from './rows/rows.js';
import { peerSessionOptions } from './rows/session-options.js';

export interface BenchOptions {
  readonly shape: ShapeName;
  readonly model?: string | undefined;
  readonly task: BenchTask;
  readonly data?: string | undefined;
  readonly what: BenchPart;
  readonly rows: readonly string[];
  readonly batchSize: readonly number[];
  readonly threads: readonly number[];
  readonly workers: readonly number[];
  readonly order: readonly TextOrder[];
  readonly limit: number;
  readonly rounds: number;
  readonly warmup: number;
  readonly seconds?: number | undefined;
  readonly fresh: boolean;
  readonly onlyFresh?: true | undefined;
  readonly python?: string | undefined;
  readonly cache: string;
  readonly seed: number;
  readonly output?: string | undefined;
  readonly chart?: string | undefined;
  readonly json?: true | undefined;
  readonly quiet?: true | undefined;
}

/** Everything that a measurement needs besides its setting. */
interface Bench {
  readonly options: BenchOptions;
  readonly context: Context;
  readonly prepared: PreparedModel;
  readonly table: ExitTable;
  readonly texts: readonly TextInput[];
  readonly rows: readonly Row[];
  readonly progress: ProgressDisplay;
  readonly versions: Record<string, string>;
}

/** The `hashee-bench` command. */
export async function bench(options: BenchOptions, context: Context): Promise<void> {
  const { stdout } = context;
  const report = await measure(options, context);
  if (options.output !== undefined) await writeWhole(options.output, `${JSON.stringify(report, undefined, 1)}\n`);
  if (options.chart !== undefined) {
    const { speedChart } = await import('./report/speed-chart.js');
    await writeWhole(options.chart, await speedChart([report]));
  }
  stdout.write(options.json ? `${JSON.stringify(report)}\n` : `${reportLines(report).join('\n')}\n`);
}

async function measure(options: BenchOptions, context: Context): Promise<PeersReport> {
  const { signal, stderr, env } = context;
  const { task, rounds, warmup, what: part } = options;
  const date = new Date().toISOString();
  const machine = describeMachine();
  const rows = selectRows(options.rows);
  const settings = settingsOf(options);
  const cache = resolve(options.cache);
  const data = options.data ?? env['HASHEE_DATA'];
  // First what may be missing, then what takes its time.
  const texts = await taskTexts(task, data, signal);
  const onStep = (what: string): void => void (options.quiet || stderr.write(`${what}...\n`));
  const prepared = await prepareModel({ ...options, cache, onStep, signal });
  const table = await taskTable(prepared, task, data, signal);
  const progress = await createProgress(stderr, 'Measuring', options.quiet);
  const versions: Record<string, string> = {};
  const all: Bench = { options, context, prepared, table, texts, rows, progress, versions };
  const cells: BenchCell[] = [];
  let starts: Awaited<ReturnType<typeof measureFresh>> = { fresh: [], freshSkipped: [] };
  try {
    if (!options.onlyFresh) for (const setting of settings) cells.push(...(await measureSetting(all, setting)));
    if (options.fresh) starts = await measureFresh(all);
  } finally {
    progress.stop();
  }
  const { config } = prepared.model;
  return parsePeersReport({
    ...{ format: 'hashee-peers', version: 1, date, part, task, rounds, warmup, machine, versions, cells, ...starts },
    command: commandOf(options),
    model: {
      name: prepared.name,
      layers: config.layers,
      hiddenSize: config.hiddenSize,
      vocabulary: config.vocabSize,
      hash: table.hash,
    },
    sessionOptions: { ...peerSessionOptions(1), intraOpNumThreads: 'threads' },
    rows: rows.map(({ name, computes, dtype, lastLayer, about }) => ({ name, computes, dtype, lastLayer, about })),
  });
}

function settingsOf({ threads, workers }: BenchOptions): Setting[] {
  const settings = [
    ...threads.map((count) => ({ threads: count })),
    ...workers.map((count) => ({ threads: 1, workers: count })),
  ];
  const most = availableParallelism();
  if (settings.length === 0)
    throw new HasheeError('INVALID_ARGUMENT', 'There is nothing to measure: give --threads or --workers.');
  for (const setting of settings) {
    const asked = Math.max(setting.threads, 'workers' in setting ? (setting.workers as number) : 0);
    if (asked > most)
      throw new HasheeError('INVALID_ARGUMENT', `This process may use ${most} cores, ${asked} were asked for.`, {
        fields: { cores: most, asked },
      });
  }
  return settings;
}

/** Loads every row once for a setting and times them at all batch sizes and orders. */
async function measureSetting(all: Bench, setting: Setting): Promise<BenchCell[]> {
  const { options, context, prepared, table, texts, progress } = all;
  const { signal } = context;
  const { config, tokenizer } = prepared.model;
  const encoded = texts.map((text) => tokenizer.encode(text, { maxLength: config.maxLength }));
  const cells: BenchCell[] = [];
  for (const batchSize of options.batchSize) {
    const skipped: BenchCell['skipped'][number][] = [];
    const contestants: Contestant[] = [];
    try {
      for (const row of all.rows) {
        const opened = await openRow(all, row, { setting, batchSize });
        if (typeof opened === 'string') skipped.push({ row: row.name, reason: opened });
        else {
          contestants.push({ row, open: opened });
          Object.assign(all.versions, opened.versions);
        }
      }
      if (contestants.length === 0)
        throw new HasheeError(
          'INVALID_ARGUMENT',
          `No row can be measured: ${skipped.map((each) => `${each.row}: ${each.reason}`).join('; ')}.`,
        );
      for (const order of options.order) {
        const slices = planWork(texts, encoded, { batchSize, order, limit: options.limit, setting });
        const total = (options.rounds + options.warmup) * slices.length * contestants.length;
        let done = 0;
        const cell = await measureCell(contestants, {
          ...{ setting, batchSize, order, slices, skipped, signal },
          rounds: options.rounds,
          warmup: options.warmup,
          seconds: options.seconds,
          layers: config.layers,
          work: countWork(slices, config, prepared.head, table),
          onRun: (name) =>
            progress.update({
              done: ++done,
              total,
              text: `${describe(setting)}, batches of ${batchSize}, ${order}: ${name}`,
            }),
        });
        cells.push(cell);
      }
    } finally {
      for (const { open } of contestants) await open.dispose();
    }
  }
  return cells;
}

function describe({ threads, workers }: Setting): string {
  return workers === undefined ? `${threads} threads` : `${workers} workers`;
}

function settingsFor(
  { options, prepared, table, context }: Bench,
  given: Pick<OpenSettings, 'setting' | 'batchSize'>,
): OpenSettings {
  const place = { directory: prepared.model.directory, peers: prepared.peers, table };
  return { ...given, place, part: options.what, python: options.python, poolWorker: context.poolWorker };
}

/** The row, or why it can't take part. */
async function openRow(
  all: Bench,
  row: Row,
  given: Pick<OpenSettings, 'setting' | 'batchSize'>,
): Promise<Contestant['open'] | string> {
  const settings = settingsFor(all, given);
  const refusal = row.refuses(settings);
  if (refusal !== undefined) return refusal;
  try {
    return await row.open(settings);
  } catch (error) {
    if (HasheeError.isInstance(error, 'MISSING_DEPENDENCY') || HasheeError.isInstance(error, 'UNSUPPORTED'))
      return error.message;
    throw error;
  }
}

async function measureFresh(all: Bench): Promise<Pick<PeersReport, 'fresh' | 'freshSkipped'>> {
  const { context, texts, rows, progress, prepared } = all;
  const { signal, execArgv } = context;
  const { config, tokenizer } = prepared.model;
  const batchSize = 1;
  const setting: Setting = { threads: 1 };
  const encoded = texts.map((text) => tokenizer.encode(text, { maxLength: config.maxLength }));
  const [{ batches }] = planWork(texts, encoded, { batchSize, order: 'sorted', limit: 1, setting });
  const slice = { batches: [batches[batches.length >> 1]] };
  const fresh: FreshStart[] = [];
  const freshSkipped: PeersReport['freshSkipped'][number][] = [];
  const settings = settingsFor(all, { setting, batchSize });
  for (const [done, row] of rows.entries()) {
    progress.update({ done, total: rows.length, text: `${row.name} in a fresh process` });
    const outcome = row.refuses(settings) ?? (await measureFreshStart(row, settings, slice, { signal, execArgv }));
    if (typeof outcome === 'string') freshSkipped.push({ row: row.name, reason: outcome });
    else {
      fresh.push(outcome.start);
      Object.assign(all.versions, outcome.versions);
    }
  }
  return { fresh, freshSkipped };
}
