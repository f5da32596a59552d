import { compareTimings, type Timing } from '@hashee/eval';
import type { BenchCell, RowResult } from '../report/report.js';
import type { Answer, OpenRow, Row, RowDtype, Setting, WorkSlice } from '../rows/row.js';
import type { CountedWork } from './count-work.js';
import type { TextOrder } from './plan-work.js';
import { timeRounds } from './time-rounds.js';

/** A row and what it was loaded as. */
export interface Contestant {
  readonly row: Row;
  readonly open: OpenRow;
}

export interface CellSettings {
  readonly setting: Setting;
  readonly batchSize: number;
  readonly order: TextOrder;
  readonly slices: readonly WorkSlice[];
  readonly work: CountedWork;
  readonly layers: number;
  readonly rounds: number;
  readonly warmup: number;
  readonly seconds?: number | undefined;
  readonly skipped: BenchCell['skipped'];
  readonly signal: AbortSignal;
  readonly onRun: (name: string) => void;
}

/** Lets all rows take turns at the slices. */
export async function measureCell(contestants: readonly Contestant[], settings: CellSettings): Promise<BenchCell> {
  const { setting, batchSize, order, slices, work, layers, rounds, warmup, skipped, signal, onRun } = settings;
  const answers = contestants.map((): Answer[][] => []);
  const counts = contestants.map((): (number | undefined)[] => []);
  const contenders = contestants.map(({ row, open }, index) => ({
    name: row.name,
    // Whoever has a clock of its own answers with it.
    run: async (slice: number) => {
      const outcome = await open.run(slices[slice]);
      answers[index][slice] = [...outcome.answers];
      counts[index][slice] = outcome.macs;
      return outcome.milliseconds as number;
    },
  }));
  const { seconds } = settings;
  const options = { rounds, warmup, seconds, slices: slices.length, signal, onRun };
  const timings = await timeRounds(contenders, options);
  const best = { fp32: bestDense(contestants, timings, 'fp32'), q8: bestDense(contestants, timings, 'q8') };
  const macs = contestants.map(
    ({ row }, index) =>
      counts[index].reduce<number>((sum, each) => sum + (each ?? Number.NaN), 0) || work.macs[row.computes],
  );
  const results = contestants.map(({ row }, index): RowResult => {
    const timing = timings[index];
    const over = (base: number | undefined): RowResult['overDense']['fp32'] =>
      base === undefined ? undefined : compareTimings(timings[base], timing);
    const reference = contestants.findIndex((other) => other.row.computes === row.computes);
    return {
      row: row.name,
      sequencesPerSecond: (1000 * work.sequences) / timing.median,
      median: timing.median / work.sequences,
      minimum: timing.minimum / work.sequences,
      busyThreads: timing.cpuMedian / timing.median,
      rounds: timing.milliseconds,
      overDense: { fp32: over(best.fp32), same: over(best[row.dtype]) },
      counted: best.fp32 === undefined ? undefined : macs[best.fp32] / macs[index],
      answers: agreement(answers[index].flat(), answers[reference].flat()),
    };
  });
  const nameOf = (index: number | undefined): string | undefined =>
    index === undefined ? undefined : contestants[index].row.name;
  return {
    ...setting,
    ...{ batchSize, order, skipped },
    sequences: work.sequences,
    meanTokens: work.tokens / work.sequences,
    longestTokens: work.longest,
    meanExitLayer: work.meanExitLayer,
    exitLayerSpeedup: layers / work.meanExitLayer,
    turns: slices.length,
    bestDense: { fp32: nameOf(best.fp32), q8: nameOf(best.q8) },
    rows: results,
  };
}

/** Index of the fastest dense row of a dtype, by the median round. */
function bestDense(
  contestants: readonly Contestant[],
  timings: readonly Timing[],
  dtype: RowDtype,
): number | undefined {
  const dense = [...contestants.keys()].filter(
    (i) => contestants[i].row.computes === 'dense' && contestants[i].row.dtype === dtype,
  );
  return dense.sort((i, j) => timings[i].median - timings[j].median)[0];
}

function agreement(own: readonly Answer[], reference: readonly Answer[]): RowResult['answers'] {
  let equal = 0;
  let scoreDifference = 0;
  own.forEach(({ label, score }, i) => {
    if (label !== reference[i].label) return;
    equal++;
    scoreDifference = Math.max(scoreDifference, Math.abs(score - reference[i].score));
  });
  return { equal: equal / own.length, scoreDifference };
}
