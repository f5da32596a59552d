import { meanCurve, paretoFront, type Spread, spread } from '@hashee/eval';
import type { CellPoint, CellResult } from './cell-result.js';
import type { SummaryCurve } from './summary.js';

type Points = Omit<SummaryCurve['points'][number], 'front'>[];

/** Distance of the speed-ups at which the curves of several seeds are averaged. */
const STEP = 0.5;

/**
 * A method on a task. Where it is trained for a speed-up, each point is a target, the mean over its seeds. Where it has a knob, one
 * seed has all its settings; several have the mean of their curves at the same speed-ups, as thresholds are those that a seed's own
 * scores suggest, which no other seed has.
 */
export function curveOf(method: string, cells: readonly CellResult[]): SummaryCurve {
  const knob = cells.some((cell) => cell.knob !== undefined);
  const points = !knob ? meansByTarget(cells) : cells.length === 1 ? settingsOf(cells[0]) : meansBySpeedup(cells);
  const front = new Set(paretoFront(points));
  return { method, points: points.map((point) => ({ ...point, front: front.has(point) })) };
}

function settingsOf({ curve }: CellResult): Points {
  return curve.map(({ setting, speedup, quality }) => ({ setting, speedup, quality }));
}

function meansByTarget(cells: readonly CellResult[]): Points {
  const byTarget = new Map<number, CellPoint[]>();
  for (const { curve, chosen } of cells) {
    const target = chosen[0]?.target ?? 1;
    byTarget.set(target, [...(byTarget.get(target) ?? []), ...curve]);
  }
  return [...byTarget.values()].map((seeds) => ({
    setting: null,
    speedup: spread(seeds.map(({ speedup }) => speedup)).mean,
    ...qualityOf(spread(seeds.map(({ quality }) => quality))),
  }));
}

/** From the slowest speed-up to the fastest that all seeds have, and at each half between. */
function meansBySpeedup(cells: readonly CellResult[]): Points {
  const runs = cells.map(({ curve }) => curve);
  const speedups = runs.map((curve) => curve.map(({ speedup }) => speedup));
  const fastest = Math.min(...speedups.map((each) => Math.max(...each)));
  const slowest = Math.min(fastest, Math.max(...speedups.map((each) => Math.min(...each))));
  const first = Math.floor(slowest / STEP) + 1;
  const between = Array.from({ length: Math.max(0, Math.ceil(fastest / STEP) - first) }, (_, i) => (first + i) * STEP);
  return meanCurve(runs, [...new Set([slowest, ...between, fastest])]).map(({ speedup, quality }) => ({
    setting: null,
    speedup,
    ...qualityOf(quality),
  }));
}

function qualityOf({ mean, standardDeviation, count }: Spread): Pick<Points[number], 'quality' | 'low' | 'high'> {
  return { quality: mean, ...(count > 1 ? { low: mean - standardDeviation, high: mean + standardDeviation } : {}) };
}
