import type { CurvePoint } from './curve-point.js';

/**
 * The points that no other beats: none is at least as fast and as good, and better at one of the two. Of equal points the
 * first stays.
 * @returns from the slowest and best to the fastest
 */
export function paretoFront<Point extends CurvePoint>(points: readonly Point[]): Point[] {
  const fastestFirst = [...points].sort((a, b) => b.speedup - a.speedup || b.quality - a.quality);
  let best = Number.NEGATIVE_INFINITY;
  const front = fastestFirst.filter(({ quality }) => {
    if (!(quality > best)) return false;
    best = quality;
    return true;
  });
  return front.reverse();
}
