/// <reference path="./jstat.d.ts" />
import { HasheeError } from '@hashee/core';
import jstat from 'jstat';
import type { Spread } from '../metrics/spread.js';
import type { Interval } from './interval.js';

/** What is needed of the runs (seeds) of a model. */
export type RunSpread = Pick<Spread, 'mean' | 'standardDeviation' | 'count'>;

/**
 * Confidence interval of the difference of two means over a few runs, by Welch's t-test (1947): variances may differ, and the
 * degrees of freedom are those of Welch and Satterthwaite. Where one side is a single run it is taken to vary as the other does,
 * which is Student's t-test with the other's degrees of freedom. Chance without 0 in it is that of the runs alone: what another
 * test set would have changed is not in it.
 * @returns both ends are the difference where neither side varies
 * @throws HasheeError `INVALID_ARGUMENT` where both sides are single runs, or one is of none
 */
export function differenceInterval(first: RunSpread, second: RunSpread, level = 0.95): Interval {
  const [a, b] = [first.count, second.count];
  if (!(Math.min(a, b) >= 1 && Math.max(a, b) >= 2 && level > 0 && level < 1))
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `A difference has an interval where both sides have a run, one of them two, and the level is between 0 and 1; got ${a} and ${b} runs and ${level}.`,
      { fields: { first: a, second: b, level } },
    );
  const estimate = first.mean - second.mean;
  const [s, t] = [first.standardDeviation ** 2, second.standardDeviation ** 2];
  const [ofFirst, ofSecond] = [(a > 1 ? s : t) / a, (b > 1 ? t : s) / b];
  const variance = ofFirst + ofSecond;
  if (variance === 0) return { estimate, low: estimate, high: estimate, level };
  const degreesOfFreedom =
    Math.min(a, b) === 1 ? Math.max(a, b) - 1 : variance ** 2 / (ofFirst ** 2 / (a - 1) + ofSecond ** 2 / (b - 1));
  const reach = jstat.jStat.studentt.inv((1 + level) / 2, degreesOfFreedom) * Math.sqrt(variance);
  return { estimate, low: estimate - reach, high: estimate + reach, level };
}
