import type { CurvePoint } from './curve-point.js';
import { interpolate } from './interpolate.js';
import { paretoFront } from './pareto-front.js';

/**
 * Quality of a method at a speed-up, along the lines between the points of its Pareto front. Below the slowest point it is that
 * point's: a faster setting may be used.
 * @returns `undefined` beyond the fastest point: the method doesn't get there
 */
export function qualityAt(points: readonly CurvePoint[], speedup: number): number | undefined {
  const front = paretoFront(points);
  const fastest = front.at(-1);
  if (!fastest || speedup > fastest.speedup) return undefined;
  return interpolate(
    front.map((point) => [point.speedup, point.quality] as const),
    speedup,
  );
}
