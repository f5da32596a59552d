import { type EluePoint, spread } from '@hashee/eval';
import type { CellResult } from './cell-result.js';

/** The curve that ELUE's score is measured from: the first k layers alone, the dense model at its end. */
export interface ElueReference {
  readonly points: readonly EluePoint[];
  /** Why it is no curve to measure from; absent where it is. */
  readonly reason?: string | undefined;
}

/** @param cells of the dense model and of the first k layers, on one task */
export function elueReference(cells: readonly CellResult[], layers: number): ElueReference {
  const points = merged(eluePoints(cells));
  const depths = [...new Set(cells.filter(isReached).flatMap(({ curve }) => curve.map(depthOf)))];
  depths.sort((a, b) => a - b);
  if (2 * depths.length >= layers) return { points };
  const known = depths.length > 0 ? `k = ${depths.join(', ')} only` : 'no point';
  return {
    points,
    reason: `ELUE's score is left out: it is the distance from the curve of the first k layers alone, k = 1 to ${layers}, of which there is ${known}.`,
  };
}

/** Cost as a share of the dense model's, and score in points. */
export function eluePoints(cells: readonly CellResult[]): EluePoint[] {
  return cells.flatMap(({ chosen }) =>
    chosen
      .filter(({ reached }) => reached)
      .map(({ speedup, quality }) => ({ flops: 1 / speedup, performance: 100 * quality })),
  );
}

function isReached({ chosen }: CellResult): boolean {
  return chosen.some(({ reached }) => reached);
}

/** Sequences go through all layers that such a model has. */
function depthOf({ meanExit }: CellResult['curve'][number]): number {
  return Math.round(meanExit);
}

/** Points of equal cost, such as those of several seeds, as their mean. */
function merged(points: readonly EluePoint[]): EluePoint[] {
  const byCost = new Map<string, EluePoint[]>();
  for (const point of points) {
    const key = point.flops.toPrecision(4);
    byCost.set(key, [...(byCost.get(key) ?? []), point]);
  }
  const mean = (values: readonly number[]): number => spread(values).mean;
  return [...byCost.values()].map((same) => ({
    flops: mean(same.map(({ flops }) => flops)),
    performance: mean(same.map(({ performance }) => performance)),
  }));
}
