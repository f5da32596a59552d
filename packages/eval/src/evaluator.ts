import { createHash } from 'node:crypto';
import { type Encoder, HasheeError, type HeadConfig } from '@hashee/core';
import type { EncodedDataset } from './encode-dataset.js';
import { assertHeadFits, type EvaluateOptions, evaluate } from './evaluate.js';
import type { Evaluation } from './evaluation.js';
import { defaultMetrics, resolveMetrics } from './metrics/metric.js';

/** A data set with the way to judge a model on it: what a training run selects by. */
export interface Evaluator {
  /** Changes with the data and the metrics. */
  readonly fingerprint: string;
  /** @throws HasheeError `INVALID_ARGUMENT` where a head can't be judged on this data, or the metric isn't among those computed */
  assertFits(head: HeadConfig, metric?: string): void;
  evaluate(encoder: Encoder, options?: Pick<EvaluateOptions, 'signal' | 'onProgress'>): Promise<Evaluation>;
}

/** An evaluator of models on one data set, such as the dev set that `train` of `@hashee/train` selects by. */
export function evaluator(
  dataset: EncodedDataset,
  settings: Pick<EvaluateOptions, 'metrics' | 'batchSize'> = {},
): Evaluator {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([dataset.task, dataset.labels, settings.metrics?.map(nameOf) ?? null]));
  for (const { inputIds, tokenTypeIds, exitLayers, label } of dataset.sequences) {
    for (const values of [
      inputIds,
      tokenTypeIds ?? [],
      exitLayers ?? [],
      typeof label === 'number' ? [label] : label,
    ]) {
      hash.update(Uint32Array.of(values.length));
      hash.update(Float64Array.from(values));
    }
  }
  return {
    fingerprint: hash.digest('hex'),
    assertFits(head, metric) {
      assertHeadFits(head, dataset);
      const chosen = resolveMetrics(settings.metrics ?? defaultMetrics(head.task, head.labels), head.task);
      const names = chosen.map(({ name }) => name);
      if (metric !== undefined && !names.includes(metric))
        throw new HasheeError(
          'INVALID_ARGUMENT',
          `The metric ${JSON.stringify(metric)} isn't computed. Computed are: ${names.join(', ')}; ask for others with the option metrics.`,
          { fields: { metric, metrics: names } },
        );
    },
    evaluate: (encoder, options) => evaluate(encoder, dataset, { ...settings, ...options }),
  };
}

function nameOf(metric: NonNullable<EvaluateOptions['metrics']>[number]): string {
  return typeof metric === 'string' ? metric : metric.name;
}
