import { type Spread, spread } from '../metrics/spread.js';
import type { CurvePoint } from './curve-point.js';
import { qualityAt } from './quality-at.js';

/** What the seeds of a method reach at one speed-up. */
export interface MeanCurvePoint {
  readonly speedup: number;
  readonly quality: Spread;
}

/**
 * A method's curve over several seeds: their qualities at the same speed-ups, which single runs hit only by chance.
 * @param runs points of each seed
 * @returns for the speed-ups that every seed reaches
 */
export function meanCurve(runs: readonly (readonly CurvePoint[])[], speedups: readonly number[]): MeanCurvePoint[] {
  return speedups.flatMap((speedup) => {
    const qualities = runs.flatMap((points) => qualityAt(points, speedup) ?? []);
    return qualities.length > 0 && qualities.length === runs.length ? [{ speedup, quality: spread(qualities) }] : [];
  });
}
