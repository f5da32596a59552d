import { HasheeError } from '@hashee/core';
import type { Judged, Metric } from '../metrics/metric.js';
import { assertPaired } from '../metrics/paired.js';
import { type BootstrapOptions, bootstrap } from './bootstrap.js';
import type { Interval } from './interval.js';

/**
 * Confidence interval of a metric by the bootstrap over the examples: what other test sets of the same kind might have given.
 * @throws HasheeError `INVALID_ARGUMENT`
 */
export function metricInterval(metric: Metric, judged: Judged, options: BootstrapOptions = {}): Interval {
  assertPaired(judged.predictions, judged.targets);
  return bootstrap(judged.targets.length, (positions) => metric.compute(sample(judged, positions)), options);
}

/** How much better one model is than another. */
export interface MetricDifference extends Interval {
  /**
   * Share of the samples in which the first model isn't better: small means that its lead is no accident of the test set. Samples
   * without a value are left out here too.
   */
  readonly notBetter: number;
}

/**
 * Difference of a metric between two models on the same examples, by the paired bootstrap (Koehn 2004): each sample judges both.
 * Each may have its labels in an order of its own.
 * @throws HasheeError `INVALID_ARGUMENT` where the models weren't asked the same examples: their right answers must be the same
 */
export function metricDifference(
  metric: Metric,
  first: Judged,
  second: Judged,
  options: BootstrapOptions = {},
): MetricDifference {
  assertPaired(first.predictions, second.predictions);
  assertPaired(first.predictions, first.targets);
  assertPaired(second.predictions, second.targets);
  assertSameTargets(first, second);
  let asTheyAre = true;
  let samples = 0;
  let notBetter = 0;
  const interval = bootstrap(
    first.targets.length,
    (positions) => {
      const difference = metric.compute(sample(first, positions)) - metric.compute(sample(second, positions));
      // The first call judges the examples as they are.
      if (!asTheyAre && !Number.isNaN(difference)) {
        samples++;
        if (difference <= 0) notBetter++;
      }
      asTheyAre = false;
      return difference;
    },
    options,
  );
  return { ...interval, notBetter: notBetter / samples };
}

function assertSameTargets(first: Judged, second: Judged): void {
  const example = first.targets.findIndex((target, i) => !same(named(target, first), named(second.targets[i], second)));
  if (example < 0) return;
  const [one, other] = [named(first.targets[example], first), named(second.targets[example], second)];
  throw new HasheeError(
    'INVALID_ARGUMENT',
    `Two models are compared on the same examples in the same order, but of example ${example} the right answer is ${JSON.stringify(one)} for the first model and ${JSON.stringify(other)} for the second.`,
    { fields: { example, first: one, second: other } },
  );
}

/** The names that indices of classes stand for; numbers that are no index stay. */
function named(target: number | readonly number[], { labels }: Judged): (string | number)[] {
  return [target].flat().map((index) => labels[index] ?? index);
}

function same(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((value, i) => Object.is(value, other[i]));
}

function sample({ predictions, targets, labels }: Judged, positions: Uint32Array): Judged {
  const at = <T>(values: readonly T[]): T[] => Array.from(positions, (i) => values[i]);
  return { predictions: at(predictions), targets: at(targets), labels };
}
