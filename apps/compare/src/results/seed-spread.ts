import { spread } from '@hashee/eval';
import type { CellPoint } from './cell-result.js';
import { devError } from './dev-error.js';
import type { SeedSpread } from './summary.js';

/** Sums up one setting of each seed. @param dev number of examples */
export function seedSpread(points: readonly Pick<CellPoint, 'quality' | 'metrics'>[], dev: number): SeedSpread {
  const { mean, standardDeviation, count } = spread(points.map(({ quality }) => quality));
  const { mean: error } = spread(points.map(({ metrics }) => devError(metrics, dev)));
  return { mean, standardDeviation, count, devError: error };
}
