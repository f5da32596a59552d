/// <reference path="./jstat.d.ts" />
import { HasheeError } from '@hashee/core';
import jstat from 'jstat';
import { spread } from '../metrics/spread.js';
import type { Interval } from './interval.js';

/**
 * Confidence interval of a mean over a few runs (seeds): `mean ± t · s / √n` with Student's t of n - 1 degrees of freedom.
 * Honest for three seeds, where the bootstrap would be far too sure of itself.
 * @throws HasheeError `INVALID_ARGUMENT` for fewer than two values
 */
export function meanInterval(values: readonly number[], level = 0.95): Interval {
  if (values.length < 2 || !(level > 0 && level < 1))
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `The interval of a mean needs two values or more and a level between 0 and 1, got ${values.length} and ${level}.`,
      { fields: { values: values.length, level } },
    );
  const { mean, standardDeviation } = spread(values);
  const t = jstat.jStat.studentt.inv((1 + level) / 2, values.length - 1);
  const reach = (t * standardDeviation) / Math.sqrt(values.length);
  return { estimate: mean, low: mean - reach, high: mean + reach, level };
}
