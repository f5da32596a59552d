import { assertPaired } from './paired.js';

/**
 * Matthews correlation for any number of classes (Gorodkin 2004): with c right of n, p_k predictions and t_k targets of
 * class k, `(c·n - Σ p_k·t_k) / sqrt((n² - Σ p_k²)(n² - Σ t_k²))`; 0 where either side has one class only.
 * @throws HasheeError `INVALID_ARGUMENT`
 */
export function matthews(predictions: ArrayLike<number>, targets: ArrayLike<number>): number {
  assertPaired(predictions, targets);
  const n = targets.length;
  const counts = new Map<number, { predicted: number; expected: number }>();
  const countOf = (index: number): { predicted: number; expected: number } => {
    let count = counts.get(index);
    if (!count) {
      count = { predicted: 0, expected: 0 };
      counts.set(index, count);
    }
    return count;
  };
  let right = 0;
  for (let i = 0; i < n; i++) {
    countOf(predictions[i]).predicted++;
    countOf(targets[i]).expected++;
    if (predictions[i] === targets[i]) right++;
  }
  let both = 0;
  let predictedSquares = 0;
  let expectedSquares = 0;
  for (const { predicted, expected } of counts.values()) {
    both += predicted * expected;
    predictedSquares += predicted * predicted;
    expectedSquares += expected * expected;
  }
  const spread = Math.sqrt((n * n - predictedSquares) * (n * n - expectedSquares));
  return spread === 0 ? 0 : (right * n - both) / spread;
}
