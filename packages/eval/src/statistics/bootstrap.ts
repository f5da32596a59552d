import { HasheeError, Random } from '@hashee/core';
import { quantileSorted } from 'simple-statistics';
import type { Interval } from './interval.js';

export interface BootstrapOptions {
  /** Samples drawn. @default 2000 */
  readonly resamples?: number | undefined;
  /** Share of the samples' statistics inside the interval. @default 0.95 */
  readonly level?: number | undefined;
  /** The same seed gives the same interval. @default 0 */
  readonly seed?: number | undefined;
}

/**
 * Confidence interval of a statistic by the percentile bootstrap (Efron 1979): the statistic of samples as large as the
 * given one, drawn from it with replacement. Samples are given as positions, so what is measured together (a model's
 * answer and the right one, the times of two models on one batch) stays together.
 * @param count how many observations there are
 * @param statistic of the observations at some positions, each from 0 to `count - 1`, in any order and number; samples
 * for which it is NaN (a share of nothing) are left out
 * @throws HasheeError `INVALID_ARGUMENT`
 */
export function bootstrap(
  count: number,
  statistic: (positions: Uint32Array) => number,
  { resamples = 2000, level = 0.95, seed = 0 }: BootstrapOptions = {},
): Interval {
  if (!Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(resamples) || resamples < 1)
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `The bootstrap needs observations and samples, from 1; got ${count} and ${resamples}.`,
      { fields: { count, resamples } },
    );
  if (!(level > 0 && level < 1))
    throw new HasheeError('INVALID_ARGUMENT', `The level of confidence must be between 0 and 1, got ${level}.`, {
      fields: { level },
    });
  const positions = Uint32Array.from({ length: count }, (_, i) => i);
  const estimate = statistic(positions);
  const random = new Random(seed);
  const values: number[] = [];
  for (let sample = 0; sample < resamples; sample++) {
    for (let i = 0; i < count; i++) positions[i] = random.below(count);
    const value = statistic(positions);
    if (!Number.isNaN(value)) values.push(value);
  }
  values.sort((a, b) => a - b);
  const at = (share: number): number => (values.length === 0 ? Number.NaN : quantileSorted(values, share));
  return { estimate, low: at((1 - level) / 2), high: at((1 + level) / 2), level };
}
