import { HasheeError } from '@hashee/core';
import { mean, quantileSorted } from 'simple-statistics';

/** Where the values of a sample lie. */
export interface Percentiles {
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly maximum: number;
  readonly count: number;
}

/** @throws HasheeError `INVALID_ARGUMENT` without values */
export function percentiles(values: readonly number[]): Percentiles {
  if (values.length === 0) throw new HasheeError('INVALID_ARGUMENT', 'Percentiles of no values are not defined.');
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => quantileSorted(sorted, share);
  return {
    mean: mean(sorted),
    p50: at(0.5),
    p90: at(0.9),
    p95: at(0.95),
    p99: at(0.99),
    maximum: sorted[sorted.length - 1],
    count: sorted.length,
  };
}
