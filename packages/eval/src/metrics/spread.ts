import { HasheeError } from '@hashee/core';
import { mean, sampleStandardDeviation } from 'simple-statistics';

/** What several runs (seeds) gave. */
export interface Spread {
  readonly mean: number;
  /** Of a sample, dividing by n - 1; 0 for a single value. */
  readonly standardDeviation: number;
  readonly count: number;
  readonly minimum: number;
  readonly maximum: number;
}

/** @throws HasheeError `INVALID_ARGUMENT` without values */
export function spread(values: readonly number[]): Spread {
  if (values.length === 0) throw new HasheeError('INVALID_ARGUMENT', 'The mean of no values is not defined.');
  return {
    mean: mean([...values]),
    standardDeviation: values.length > 1 ? sampleStandardDeviation([...values]) : 0,
    count: values.length,
    minimum: Math.min(...values),
    maximum: Math.max(...values),
  };
}
