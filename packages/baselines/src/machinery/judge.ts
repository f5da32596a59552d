import { HasheeError, type LabelledSequence } from '@hashee/core';
import { defaultMetrics, type EncodedDataset, type Metric, type MetricName, metrics } from '@hashee/eval';
import { largest } from '../policies/uncertainty.js';

export interface Judgement {
  readonly metrics: Readonly<Record<string, number>>;
  /** Their mean. */
  readonly quality: number;
}

/**
 * How good answers are.
 * @param logits `[N, C]` in the order of the data set
 * @throws HasheeError `INVALID_ARGUMENT` for token classification and unknown metrics
 */
export function judge(
  { task, labels, sequences }: EncodedDataset,
  logits: Float32Array,
  chosen?: readonly (MetricName | Metric)[],
): Judgement {
  if (task === 'token-classification')
    throw new HasheeError('INVALID_ARGUMENT', 'These methods answer for whole sequences, not for tokens.');
  const C = task === 'regression' ? 1 : labels.length;
  const judged = {
    predictions: sequences.map((_, row) =>
      task === 'regression' ? logits[row] : largest(logits.subarray(row * C, (row + 1) * C)),
    ),
    targets: sequences.map(({ label }: LabelledSequence) => label as number),
    labels,
  };
  const values = (chosen ?? defaultMetrics(task, labels)).map((metric): [string, number] => {
    const found = typeof metric === 'string' ? metrics[metric] : metric;
    if (!found) throw new HasheeError('INVALID_ARGUMENT', `Unknown metric ${JSON.stringify(metric)}.`);
    return [found.name, found.compute(judged)];
  });
  const quality = values.reduce((sum, [, value]) => sum + value, 0) / values.length;
  return { metrics: Object.fromEntries(values), quality };
}
