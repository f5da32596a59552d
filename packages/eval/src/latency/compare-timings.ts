import { HasheeError } from '@hashee/core';
import { median } from 'simple-statistics';
import { type BootstrapOptions, bootstrap } from '../statistics/bootstrap.js';
import type { Timing } from './interleave.js';
import { pairsForInterval } from './speedup-interval.js';

/** How many times as fast one contender is as another. */
export interface Speedup {
  /**
   * Median over all slices of all rounds of the time of the baseline over that of the other. Both times of a pair were taken
   * right after one another, so it hardly feels a machine whose speed drifts.
   */
  readonly median: number;
  /** Confidence interval of `median` by the bootstrap over the pairs; absent for fewer than `pairsForInterval(level)`. */
  readonly low?: number | undefined;
  readonly high?: number | undefined;
  /** Level of confidence that the interval has, or would have. */
  readonly level: number;
  /** Slices times rounds. */
  readonly pairs: number;
}

/**
 * Compares two contenders of one call of `interleave`.
 * @throws HasheeError `INVALID_ARGUMENT` where their rounds or slices differ in number, or an other time is 0
 */
export function compareTimings(
  baseline: Pick<Timing, 'slices'>,
  other: Pick<Timing, 'slices'>,
  options: BootstrapOptions = {},
): Speedup {
  const [before, after] = [baseline.slices.flat(), other.slices.flat()];
  const paired = baseline.slices.every((round, i) => round.length === other.slices[i]?.length);
  if (!paired || before.length !== after.length || before.length === 0)
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `Only times of the same slices can be compared; got ${before.length} and ${after.length} of them. Take both from one call of interleave.`,
      { fields: { baseline: before.length, other: after.length } },
    );
  const ratios = before.map((milliseconds, i) => milliseconds / after[i]);
  if (!ratios.every(Number.isFinite))
    throw new HasheeError(
      'INVALID_ARGUMENT',
      'A slice took no time at all, so ratios mean nothing. Make slices larger.',
    );
  const { estimate, low, high, level } = bootstrap(
    ratios.length,
    (positions) => median(Array.from(positions, (i) => ratios[i])),
    options,
  );
  const pairs = ratios.length;
  return { median: estimate, ...(pairs < pairsForInterval(level) ? {} : { low, high }), level, pairs };
}
