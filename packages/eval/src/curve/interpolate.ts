import { HasheeError } from '@hashee/core';

/**
 * Piecewise-linear through points `[x, y]`, held at the end points outside of them.
 * @param points in any order, no x twice
 * @throws HasheeError `INVALID_ARGUMENT` for no points, an x that comes twice, or what isn't a number
 */
export function interpolate(points: readonly (readonly [x: number, y: number])[], x: number): number {
  const sorted = [...points].sort((a, b) => a[0] - b[0]);
  const sound = sorted.every(([px, py], i) => Number.isFinite(px) && Number.isFinite(py) && px !== sorted[i - 1]?.[0]);
  if (sorted.length === 0 || !sound || Number.isNaN(x))
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `Interpolation needs points of finite numbers, each x once; got ${sorted.length} points and x ${x}.`,
      { fields: { points: sorted, x } },
    );
  const above = sorted.findIndex(([px]) => px >= x);
  if (above === 0) return sorted[0][1];
  if (above < 0) return sorted[sorted.length - 1][1];
  const [[x0, y0], [x1, y1]] = [sorted[above - 1], sorted[above]];
  return y0 + ((y1 - y0) * (x - x0)) / (x1 - x0);
}
