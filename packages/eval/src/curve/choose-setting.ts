import type { CurvePoint } from './curve-point.js';

/**
 * The setting to use where a speed-up is wanted: the best of those that are fast enough, the faster of equally good ones. Meant
 * for the points of a dev set; a test set is scored once, with the setting chosen here.
 * @returns `undefined` where none is fast enough
 */
export function chooseSetting<Point extends CurvePoint>(points: readonly Point[], speedup: number): Point | undefined {
  return points
    .filter((point) => point.speedup >= speedup)
    .reduce<Point | undefined>(
      (best, point) =>
        !best || point.quality > best.quality || (point.quality === best.quality && point.speedup > best.speedup)
          ? point
          : best,
      undefined,
    );
}
