import { paretoFront, spread } from '@hashee/eval';
import type { CellPoint, CellResult } from './cell-result.js';
import type { SummaryCurve } from './summary.js';

/** All settings of a method on a task, each the mean over its seeds. */
export function curveOf(method: string, cells: readonly CellResult[]): SummaryCurve {
  const bySetting = new Map<string, CellPoint[]>();
  for (const { curve, chosen, knob } of cells)
    for (const point of curve) {
      // A model for each speed-up: its target tells the points apart.
      const key = knob === undefined ? `target ${chosen[0]?.target}` : `setting ${point.setting}`;
      bySetting.set(key, [...(bySetting.get(key) ?? []), point]);
    }
  const points = [...bySetting.values()].map((seeds) => {
    const quality = spread(seeds.map((point) => point.quality));
    const { mean, standardDeviation: s, count } = quality;
    return {
      setting: seeds[0].setting,
      speedup: spread(seeds.map((point) => point.speedup)).mean,
      quality: mean,
      ...(count > 1 ? { low: mean - s, high: mean + s } : {}),
    };
  });
  const front = new Set(paretoFront(points));
  return { method, points: points.map((point) => ({ ...point, front: front.has(point) })) };
}
