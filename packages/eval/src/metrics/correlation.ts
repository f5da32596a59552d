import { sampleCorrelation, sampleRankCorrelation } from 'simple-statistics';
import { assertPaired } from './paired.js';

/**
 * Pearson's correlation; 0 where either side is constant (it is undefined there, and says that nothing was learned).
 * @throws HasheeError `INVALID_ARGUMENT`
 */
export function pearson(predictions: ArrayLike<number>, targets: ArrayLike<number>): number {
  return correlation(sampleCorrelation, predictions, targets);
}

/**
 * Spearman's rank correlation, equal values sharing the mean of their ranks; 0 where either side is constant.
 * @throws HasheeError `INVALID_ARGUMENT`
 */
export function spearman(predictions: ArrayLike<number>, targets: ArrayLike<number>): number {
  return correlation(sampleRankCorrelation, predictions, targets);
}

function correlation(
  compute: (x: number[], y: number[]) => number,
  predictions: ArrayLike<number>,
  targets: ArrayLike<number>,
): number {
  assertPaired(predictions, targets);
  if (isConstant(predictions) || isConstant(targets)) return 0;
  return compute(Array.from(predictions), Array.from(targets));
}

function isConstant(values: ArrayLike<number>): boolean {
  for (let i = 1; i < values.length; i++) if (values[i] !== values[0]) return false;
  return true;
}
