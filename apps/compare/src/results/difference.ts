import { differenceInterval } from '@hashee/eval/report';
import type { SeedSpread } from './summary.js';

/** Of a normal distribution 95 % lie so many standard deviations around its mean. */
const NORMAL = 1.959964;

/**
 * Which of two scores is ahead: 1 the first, -1 the second, 0 neither. A lead has to be larger than what chance gives in 95 of 100
 * cases, twice:
 * - chance of training: Welch's t-test over the seeds; a single seed is taken to vary as the other method's do, and two
 *   single seeds have no such test;
 * - chance of dev: the errors of two estimates from so many examples. All seeds are judged on the same examples, so it doesn't shrink
 *   with their number, and it is the floor where seeds don't vary at all. That both methods answer the same examples isn't
 *   taken into account, which makes it the more cautious.
 * Each pair stands for itself: nothing is corrected for the number of comparisons.
 */
export function ahead(first: SeedSpread, second: SeedSpread): -1 | 0 | 1 {
  const distance = first.mean - second.mean;
  if (Math.abs(distance) <= NORMAL * Math.hypot(first.devError, second.devError)) return 0;
  if (first.count > 1 || second.count > 1) {
    const { low, high } = differenceInterval(first, second);
    if (low <= 0 && high >= 0) return 0;
  }
  return distance > 0 ? 1 : -1;
}
