import type { Interval } from '../statistics/interval.js';
import type { Speedup } from './compare-timings.js';

/**
 * Pairs that an interval of a median needs. The true median lies outside of all n values with probability 2 · (1/2)ⁿ, so below
 * this number not even their whole range reaches the level: 6 for 95 %.
 */
export function pairsForInterval(level = 0.95): number {
  return Math.ceil(1 - Math.log2(1 - level));
}

/**
 * The interval of a measured speed-up.
 * @returns `undefined` where its pairs are too few for one, whatever an old file says
 */
export function speedupInterval({ median, low, high, level, pairs }: Speedup): Interval | undefined {
  if (low === undefined || high === undefined || pairs < pairsForInterval(level)) return undefined;
  return { estimate: median, low, high, level };
}
