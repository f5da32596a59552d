import { type CurvePoint, chooseSetting, type EncodedDataset, type Metric, type MetricName } from '@hashee/eval';
import { sortedBatches } from './machinery/batches.js';
import { denseCost } from './machinery/dense-cost.js';
import { judge } from './machinery/judge.js';
import type { Runner, RunResult } from './method.js';
import { rowOf } from './recording.js';

export interface MeasureOptions {
  /** @default 32 */
  readonly batchSize?: number | undefined;
  /** @default the task's usual ones */
  readonly metrics?: readonly (MetricName | Metric)[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface SweepOptions extends MeasureOptions {
  /** @default the runner's for what this data set brings */
  readonly settings?: readonly number[] | undefined;
}

export interface ExecuteOptions extends MeasureOptions {
  /** Told what each batch gave; sequences come sorted by length. */
  readonly onResult?: ((result: RunResult) => void) | undefined;
}

/** A method under one setting, on one data set. */
export interface SettingPoint extends CurvePoint {
  /** `undefined` where the method has no knob. */
  readonly setting: number | undefined;
  /** By name; `quality` is their mean. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Multiply-accumulates executed, heads included. */
  readonly macs: number;
  /** Of the dense model as it is executed: first tokens only in the last layer. `speedup` is this over `macs`. */
  readonly denseMacs: number;
  /** Layers that a sequence goes through, on average. */
  readonly meanExit: number;
}

/** A setting that was really run. */
export interface ExecutedPoint extends SettingPoint {
  /** `[N, C]` in the order of the data set. */
  readonly logits: Float32Array;
  /** `[N]` in the order of the data set. */
  readonly exits: Float64Array;
  /** Wall-clock time; loading, collating and metrics excluded. */
  readonly seconds: number;
}

/**
 * Quality and cost of all settings, from one run of everything to the end: what each of them would have executed.
 * The same as running each, see `execute`, without doing so.
 */
export async function sweep(
  runner: Runner,
  dataset: EncodedDataset,
  { settings, metrics, signal, batchSize = 32 }: SweepOptions = {},
): Promise<SettingPoint[]> {
  const { batches, rows } = sortedBatches(dataset.sequences, batchSize);
  const recording = await runner.record(batches, { signal });
  const order = rows.flat();
  const C = recording.labels;
  const dense = denseMacsOf(runner, dataset);
  const tried: readonly (number | undefined)[] =
    runner.knob === undefined ? [undefined] : (settings ?? runner.settingsFor?.(recording) ?? runner.settings);
  return tried.map((setting): SettingPoint => {
    const logits = new Float32Array(order.length * C);
    let macs = 0;
    let layers = 0;
    order.forEach((index, row) => {
      const stop = recording.stops[runner.stopAt(recording, row, setting)];
      logits.set(rowOf(stop.answers[0], row, recording.sequences), index * C);
      macs += stop.macs[row];
      layers += stop.layers[row];
    });
    return {
      setting,
      ...judge(dataset, logits, metrics),
      speedup: dense / macs,
      macs,
      denseMacs: dense,
      meanExit: layers / order.length,
    };
  });
}

/** Runs a data set under one setting, sequences that are done leaving their batch. */
export async function execute(
  runner: Runner,
  dataset: EncodedDataset,
  setting?: number,
  { metrics, signal, onResult, batchSize = 32 }: ExecuteOptions = {},
): Promise<ExecutedPoint> {
  const { batches, rows } = sortedBatches(dataset.sequences, batchSize);
  const C = runner.head.labels.length;
  const logits = new Float32Array(dataset.sequences.length * C);
  const exits = new Float64Array(dataset.sequences.length);
  let macs = 0;
  let milliseconds = 0;
  await runner.prepare?.(setting, { signal });
  for (const [index, batch] of batches.entries()) {
    const started = performance.now();
    const result: RunResult = await runner.run(batch, setting, { signal });
    milliseconds += performance.now() - started;
    macs += result.macs;
    onResult?.(result);
    rows[index].forEach((row, b) => {
      logits.set(rowOf(result.logits, b, rows[index].length), row * C);
      exits[row] = result.exits[b];
    });
  }
  const dense = denseMacsOf(runner, dataset);
  return {
    setting: runner.knob === undefined ? undefined : setting,
    ...judge(dataset, logits, metrics),
    speedup: dense / macs,
    macs,
    denseMacs: dense,
    meanExit: exits.reduce((sum, layers) => sum + layers, 0) / exits.length,
    logits,
    exits,
    seconds: milliseconds / 1000,
  };
}

/** A setting for a wanted speed-up. */
export interface ChosenSetting<Point extends CurvePoint> {
  readonly point: Point;
  /** False where no setting is fast enough: then it is the fastest. */
  readonly reached: boolean;
}

/**
 * The best setting on dev of those that are fast enough.
 * @param points at least one, of a dev set
 */
export function chooseForSpeedup<Point extends CurvePoint>(
  points: readonly Point[],
  speedup: number,
): ChosenSetting<Point> {
  const chosen = chooseSetting(points, speedup);
  if (chosen) return { point: chosen, reached: true };
  return { point: points.reduce((fastest, each) => (each.speedup > fastest.speedup ? each : fastest)), reached: false };
}

function denseMacsOf(runner: Runner, { sequences }: EncodedDataset): number {
  return denseCost(
    runner.dense,
    sequences.map(({ inputIds }) => inputIds.length),
  );
}
