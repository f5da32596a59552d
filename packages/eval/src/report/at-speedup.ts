import { chooseSetting } from '../curve/choose-setting.js';
import { type Spread, spread } from '../metrics/spread.js';
import type { Interval } from '../statistics/interval.js';
import { meanInterval } from '../statistics/mean-interval.js';
import type { ReportRow } from './report.js';

/** By which count or clock something is faster. */
export type SpeedupKind = 'counted' | 'layers';

export interface AtSpeedupOptions {
  /** Speed-ups that are wanted. @default [2, 3, 4] */
  readonly targets?: readonly number[] | undefined;
  /** @default 'counted', multiply-accumulates executed */
  readonly by?: SpeedupKind | undefined;
  /** Where settings are chosen. @default 'dev' */
  readonly choose?: ReportRow['split'] | undefined;
  /** Where the chosen ones are judged. @default where they were chosen */
  readonly judge?: ReportRow['split'] | undefined;
}

/** What a method reaches on a task where a speed-up is wanted. */
export interface AtSpeedup {
  readonly method: string;
  readonly task: string;
  readonly target: number;
  /** Over the seeds that get there; absent where none does. */
  readonly score?: Spread | undefined;
  /** Of the mean, by Student's t; absent below two seeds. */
  readonly interval?: Interval | undefined;
  /** What the chosen settings really reached. */
  readonly speedup?: Spread | undefined;
  /** The chosen rows, one a seed. */
  readonly rows: readonly ReportRow[];
  /** Seeds whose settings are all too slow. */
  readonly missing: readonly number[];
}

/** The speed-up of a row. */
export function speedupOf({ cost }: Pick<ReportRow, 'cost'>, by: SpeedupKind): number {
  return by === 'counted' ? cost.countedSpeedup : cost.layerSpeedup;
}

/**
 * The table method x task x target: for each seed the best setting that is fast enough on the choosing split, judged on the
 * other one.
 */
export function atSpeedup(rows: readonly ReportRow[], options: AtSpeedupOptions = {}): AtSpeedup[] {
  const { targets = [2, 3, 4], by = 'counted', choose = 'dev', judge = choose } = options;
  return groupRows(rows).flatMap((group) =>
    targets.map((target): AtSpeedup => {
      const chosen: ReportRow[] = [];
      const missing: number[] = [];
      for (const seed of new Set(group.map((row) => row.seed))) {
        const ofSeed = group.filter((row) => row.seed === seed);
        const points = ofSeed
          .filter(({ split }) => split === choose)
          .map((row) => ({ row, quality: row.score, speedup: speedupOf(row, by) }));
        const setting = chooseSetting(points, target)?.row;
        const judged = setting && ofSeed.find((row) => row.split === judge && sameSetting(row, setting));
        if (judged) chosen.push(judged);
        else missing.push(seed);
      }
      const [{ method, task }] = group;
      if (chosen.length === 0) return { method, task, target, rows: [], missing };
      const scores = chosen.map(({ score }) => score);
      return {
        ...{ method, task, target, rows: chosen, missing },
        score: spread(scores),
        ...(scores.length > 1 ? { interval: meanInterval(scores) } : {}),
        speedup: spread(chosen.map((row) => speedupOf(row, by))),
      };
    }),
  );
}

/** Rows of each method on each task, in the order they come first. */
function groupRows(rows: readonly ReportRow[]): ReportRow[][] {
  const groups = new Map<string, ReportRow[]>();
  for (const row of rows) {
    const key = JSON.stringify([row.method, row.task]);
    const group = groups.get(key) ?? [];
    group.push(row);
    groups.set(key, group);
  }
  return [...groups.values()];
}

function sameSetting(a: ReportRow, b: ReportRow): boolean {
  const sorted = ({ setting }: ReportRow): string => JSON.stringify(Object.entries(setting).sort());
  return sorted(a) === sorted(b);
}
