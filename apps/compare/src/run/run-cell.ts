import {
  atSetting,
  chooseForSpeedup,
  type ExecuteOptions,
  execute,
  methods,
  type Runner,
  type RunResult,
  type SettingPoint,
  type StageEvent,
  sweep,
} from '@hashee/baselines';
import type { Backend } from '@hashee/core';
import { describeMachine, measureThroughput, reportedLatency, tasks } from '@hashee/eval';
import { asTaskName } from '../grid/grid-schema.js';
import type { Cell } from '../plan/plan-cells.js';
import type { CellLatency, CellPoint, CellResult, ChosenPoint } from '../results/cell-result.js';
import { fastEnough } from '../results/fast-enough.js';
import { countTokens } from './count-tokens.js';
import { readSentences } from './read-sentences.js';
import { evenly } from './task-data.js';
import type { Workshop } from './workshop.js';

/** What a cell does, while it does it. */
export type CellEvent =
  | {
      readonly type: 'training';
      readonly stage: string;
      readonly done: number;
      readonly total: number;
      readonly loss: number;
    }
  | { readonly type: 'measuring'; readonly what: string };

export interface RunCellOptions {
  readonly backend: Backend;
  readonly threads: number;
  /** Where it is trained. @default where the workshop has the trainings of such cells */
  readonly directory?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: CellEvent) => void) | undefined;
}

type MeasuredPoint = Omit<ChosenPoint, 'target' | 'reached'>;

const BATCH_SIZE = 32;

/**
 * Trains a cell, or finds its training, and measures it on dev. An interrupted one goes on where it was.
 * @throws HasheeError `ABORTED`, and what training, running and reading throw
 */
export async function runCell(cell: Cell, workshop: Workshop, options: RunCellOptions): Promise<CellResult> {
  const { backend, signal, onEvent } = options;
  const started = performance.now();
  const { method, task, seed, targets, recipe, stages } = cell;
  const metrics = tasks[asTaskName(task.name)].metrics;
  const { train, dev } = await workshop.data(cell, signal);
  const model = await workshop.model();
  const history = new Map<string, CellResult['stages'][number]>();
  const onStage = (event: StageEvent): void => note(event, history, onEvent);
  const denseModel = () => workshop.dense(cell, backend, signal, onStage);
  const trained = await method.train({
    ...{ backend, model, dev, metrics, seed, recipe, stages, signal, onEvent: onStage },
    trainSet: train.sequences,
    vocabulary: model.tokenizer,
    directory: options.directory ?? (await workshop.directory(cell, signal)),
    speedup: method.perSpeedup ? targets[0] : undefined,
    dense: method.family !== 'dense' || task.dense?.[String(seed)] ? denseModel : undefined,
  });
  const runner = await method.open(trained, backend);
  try {
    const hashed = method.family === 'hash';
    const tokensByLayer = new Array<number>(model.config.layers).fill(0);
    const onResult = hashed ? (result: RunResult) => countTokens(tokensByLayer, result) : undefined;
    const measured = new Map<number | undefined, MeasuredPoint>();
    const at = async (setting: number | undefined, what: string): Promise<MeasuredPoint> => {
      const known = measured.get(setting);
      if (known) return known;
      onEvent?.({ type: 'measuring', what });
      const point = await measure(runner, cell, workshop, setting, { ...options, onResult });
      measured.set(setting, point);
      return point;
    };
    onEvent?.({ type: 'measuring', what: 'all settings' });
    // Without a knob there is one setting, which is run anyway.
    const curve: readonly CellPoint[] =
      runner.knob === undefined
        ? [pointOf(await at(undefined, 'all of dev'))]
        : (await sweep(runner, dev, { batchSize: BATCH_SIZE, metrics, signal })).map(toCellPoint);
    const chosen: ChosenPoint[] = [];
    for (const target of targets) {
      const { point, reached } = chooseForSpeedup(curve, fastEnough(target));
      chosen.push({
        ...(await at(point.setting ?? undefined, `${target}x`)),
        target,
        reached: reached || method.family === 'dense',
      });
    }
    const clocks = new Map<number, CellLatency[]>();
    for (const target of cell.timed) {
      const { setting } = nearestTo(curve, target);
      clocks.set(target, await time(runner, setting ?? undefined, cell, workshop, options));
    }
    const labels = dev.labels;
    return {
      format: 'hashee-comparison-cell',
      version: 1,
      id: cell.id,
      task: task.name,
      method: method.name,
      title: method.title,
      family: method.family,
      source: method.source,
      seed,
      layers: model.config.layers,
      ...(runner.knob === undefined ? {} : { knob: runner.knob }),
      fingerprint: await workshop.fingerprint(cell, signal),
      data: {
        train: train.sequences.length,
        dev: dev.sequences.length,
        devTokens: dev.sequences.reduce((sum, { inputIds }) => sum + inputIds.length, 0),
      },
      recipe: JSON.parse(JSON.stringify({ ...recipe, ...(Object.keys(stages).length > 0 ? { stages } : {}) })),
      parameters: brief(trained.parameters),
      stages: [...history.values()],
      curve,
      chosen: chosen.map((point) => {
        const latency = clocks.get(point.target);
        return latency ? { ...point, latency } : point;
      }),
      ...(hashed ? { tokensByLayer } : {}),
      ...(cell.sentences > 0
        ? {
            sentences: await readSentences(runner, dev, model.tokenizer, {
              chosen,
              labels,
              count: cell.sentences,
              signal,
            }),
          }
        : {}),
      effort: await workshop.effort(cell, signal),
      seconds: (performance.now() - started) / 1000,
      date: new Date().toISOString(),
      machine: describeMachine(),
    };
  } finally {
    await runner.dispose();
  }
}

/**
 * What is timed for a target: the slowest setting that is fast enough, so that methods are compared at equal counted work, or
 * where none is, the fastest. The best one on dev may be much faster.
 */
function nearestTo(curve: readonly CellPoint[], target: number): CellPoint {
  const bySpeed = curve.toSorted((a, b) => a.speedup - b.speedup);
  return bySpeed.find(({ speedup }) => speedup >= fastEnough(target)) ?? bySpeed[bySpeed.length - 1];
}

async function measure(
  runner: Runner,
  cell: Cell,
  workshop: Workshop,
  setting: number | undefined,
  options: RunCellOptions & Pick<ExecuteOptions, 'onResult'>,
): Promise<MeasuredPoint> {
  const { signal, onResult } = options;
  const metrics = tasks[asTaskName(cell.task.name)].metrics;
  const { dev } = await workshop.data(cell, signal);
  const ran = await execute(runner, dev, setting, { batchSize: BATCH_SIZE, metrics, signal, onResult });
  const sample = { ...dev, sequences: evenly(dev.sequences, workshop.grid.single.sequences) };
  const single = await execute(runner, sample, setting, { batchSize: 1, metrics, signal });
  return {
    ...toCellPoint(ran),
    batched: { batchSize: BATCH_SIZE, sequences: dev.sequences.length, seconds: ran.seconds, speedup: ran.speedup },
    single: {
      sequences: sample.sequences.length,
      seconds: single.seconds,
      speedup: single.speedup,
      quality: finite(single.quality),
    },
  };
}

/** In turns with the dense model. */
async function time(
  runner: Runner,
  setting: number | undefined,
  cell: Cell,
  workshop: Workshop,
  { backend, threads, signal, onEvent }: RunCellOptions,
): Promise<CellLatency[]> {
  const { latency } = workshop.grid;
  if (!latency) return [];
  const { dev } = await workshop.data(cell, signal);
  const sequences = evenly(dev.sequences, latency.sequences);
  const own = { name: cell.method.name, model: atSetting(runner, setting) };
  const isDense = cell.method.family === 'dense';
  const dense = isDense
    ? undefined
    : await methods['dense'].open(
        {
          recipe: 'dense',
          models: { main: await workshop.dense(cell, backend, signal) },
          parameters: {},
          dense: runner.dense,
        },
        backend,
      );
  try {
    const variants = dense ? [{ name: 'dense', model: atSetting(dense) }, own] : [own];
    const rows: CellLatency[] = [];
    await runner.prepare?.(setting, { signal });
    for (const batchSize of latency.batchSizes) {
      onEvent?.({ type: 'measuring', what: `the clock, batches of ${batchSize}` });
      const { rounds, warmup } = latency;
      const throughput = await measureThroughput(variants, sequences, { batchSize, rounds, warmup, signal });
      const row = reportedLatency(throughput, cell.method.name, threads);
      const [first, last] = [throughput.variants[0], throughput.variants[throughput.variants.length - 1]];
      if (row) rows.push({ ...(row as CellLatency), counted: first.work.macs / last.work.macs });
    }
    return rows;
  } finally {
    await dense?.dispose();
  }
}

function note(
  { stage, event }: StageEvent,
  history: Map<string, CellResult['stages'][number]>,
  onEvent: RunCellOptions['onEvent'],
): void {
  if (event.type === 'step')
    onEvent?.({ type: 'training', stage, done: event.step, total: event.steps, loss: event.loss });
  else if (event.type === 'end') {
    const { score } = event.best;
    history.set(stage, {
      ...{ name: stage, seconds: event.seconds, updates: event.step },
      ...(score === undefined ? {} : { best: score }),
    });
  }
}

function pointOf({ setting, quality, metrics, speedup, meanExit }: CellPoint): CellPoint {
  return { setting, quality, metrics, speedup, meanExit };
}

function toCellPoint({ setting, quality, metrics, speedup, meanExit }: SettingPoint): CellPoint {
  return {
    setting: setting ?? null,
    quality: round(finite(quality)),
    metrics: Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, round(finite(value))])),
    speedup: round(speedup),
    meanExit: round(meanExit),
  };
}

/** A correlation of answers that are all alike isn't defined; it is worth nothing. */
function finite(value: number): number {
  return Number.isFinite(value) ? value : 0;
}

function round(value: number): number {
  return Number(value.toPrecision(7));
}

/** Parameters without what would fill pages. */
function brief(parameters: Readonly<Record<string, unknown>>): CellResult['parameters'] {
  const entries = Object.entries(parameters).filter(([, value]) => JSON.stringify(value).length <= 2000);
  return JSON.parse(JSON.stringify(Object.fromEntries(entries)));
}
