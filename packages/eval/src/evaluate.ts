import { collate, type Encoder, HasheeError, type HeadConfig, type Output, throwIfAborted } from '@hashee/core';
import { argmax } from './argmax.js';
import { addWork, meanExitLayer, type Work, workOf } from './cost/work.js';
import type { EncodedDataset } from './encode-dataset.js';
import type { Evaluation } from './evaluation.js';
import { defaultMetrics, type Judged, type Metric, type MetricName, resolveMetrics } from './metrics/metric.js';

/** What can be evaluated: a loaded encoder, or an exit policy around one that answers batches and accounts for them. */
export type EvaluatedModel = Pick<Encoder, 'config' | 'head' | 'forward'>;

export interface EvaluateOptions {
  /** By name, or one's own. @default accuracy; Pearson and Spearman for regression; entity F1 for BIO tags */
  readonly metrics?: readonly (MetricName | Metric)[] | undefined;
  /** Sequences in a batch. @default 32 */
  readonly batchSize?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** After every batch. */
  readonly onProgress?: ((event: { readonly done: number; readonly total: number }) => void) | undefined;
}

/**
 * Runs a model over a data set in batches of similar length and judges its answers.
 * @throws HasheeError `INVALID_ARGUMENT` (no examples, no head, head of another task or with other labels, metrics),
 * `ABORTED`, and what the encoder throws
 */
export async function evaluate(
  encoder: EvaluatedModel,
  dataset: EncodedDataset,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  const { batchSize = 32, signal, onProgress } = options;
  const { sequences } = dataset;
  const { head } = encoder;
  if (!head) throw new HasheeError('INVALID_ARGUMENT', 'The model has no head to evaluate. Fine-tune it first.');
  assertHeadFits(head, dataset);
  const chosen = resolveMetrics(options.metrics ?? defaultMetrics(head.task, head.labels), head.task);
  if (sequences.length === 0 || !Number.isInteger(batchSize) || batchSize < 1 || chosen.length === 0)
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `Evaluation needs examples, a metric and a batch size from 1; got ${sequences.length} examples, ${chosen.length} metrics and batch size ${batchSize}.`,
      { fields: { examples: sequences.length, metrics: chosen.length, batchSize } },
    );

  const started = performance.now();
  const logits = new Array<Float32Array>(sequences.length);
  const works: Work[] = [];
  const lengthOf = (index: number): number => sequences[index].inputIds.length;
  const order = Array.from(sequences.keys()).sort((a, b) => lengthOf(a) - lengthOf(b) || a - b);
  for (let from = 0; from < order.length; from += batchSize) {
    throwIfAborted(signal, 'Evaluation');
    const rows = order.slice(from, from + batchSize);
    const batch = collate(rows.map((row) => sequences[row]));
    const output = await encoder.forward(batch, { signal });
    cutLogits(output, head, rows, batch.offsets, logits);
    works.push(workOf(output.account, rows.length));
    onProgress?.({ done: from + rows.length, total: order.length });
  }

  const predictions = logits.map((values) => predict(values, head));
  const judged = judge(dataset, predictions, head);
  const values = chosen.map((metric): [string, number] => [metric.name, metric.compute(judged)]);
  const { tokens, tokensByExitLayer, macs, denseMacs } = addWork(works);
  const exitLayer = meanExitLayer({ tokens, tokensByExitLayer });
  return {
    metrics: Object.fromEntries(values),
    score: values.reduce((sum, [, value]) => sum + value, 0) / values.length,
    predictions,
    logits,
    sequences: sequences.length,
    tokens,
    tokensByExitLayer,
    meanExitLayer: exitLayer,
    macs,
    denseMacs,
    countedSpeedup: denseMacs / macs,
    layerSpeedup: encoder.config.layers / exitLayer,
    seconds: (performance.now() - started) / 1000,
  };
}

/** @throws HasheeError `INVALID_ARGUMENT` where the head does another task, or its labels can't mean what the data's mean */
export function assertHeadFits(head: HeadConfig, { task, labels }: Pick<EncodedDataset, 'task' | 'labels'>): void {
  if (head.task !== task)
    throw new HasheeError('INVALID_ARGUMENT', `The model's head does ${head.task}, the data is for ${task}.`, {
      fields: { headTask: head.task, task },
    });
  if (task === 'regression') return;
  const counts = head.labels.length === labels.length;
  const permuted =
    counts &&
    head.labels.some((label, i) => label !== labels[i]) &&
    head.labels.every((label) => labels.includes(label));
  if (!counts || permuted)
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `The model answers with the labels ${head.labels.join(', ')}; the data has ${labels.join(', ')}. Read the data with the option labels set to the model's.`,
      { fields: { expected: head.labels, actual: labels } },
    );
}

function cutLogits(
  output: Output,
  head: HeadConfig,
  rows: readonly number[],
  offsets: Int32Array,
  into: Float32Array[],
): void {
  const C = head.labels.length;
  const tokens = head.task === 'token-classification';
  const expected = (tokens ? offsets[rows.length] : rows.length) * C;
  if (output.logits.length !== expected)
    throw new HasheeError('RUNTIME', `The runtime gave ${output.logits.length} logits, expected ${expected}.`, {
      fields: { expected, actual: output.logits.length },
    });
  const broken = output.logits.findIndex((value) => !Number.isFinite(value));
  if (broken >= 0)
    throw new HasheeError(
      'RUNTIME',
      `The model answers ${output.logits[broken]}: its weights are damaged, or its training diverged.`,
      { fields: { value: output.logits[broken] } },
    );
  rows.forEach((row, b) => {
    into[row] = output.logits.slice((tokens ? offsets[b] : b) * C, (tokens ? offsets[b + 1] : b + 1) * C);
  });
}

function predict(logits: Float32Array, head: HeadConfig): number | Int32Array {
  const C = head.labels.length;
  if (head.task === 'regression') return logits[0];
  if (head.task === 'sequence-classification') return argmax(logits, 0, C);
  return Int32Array.from({ length: logits.length / C }, (_, t) => argmax(logits, t * C, C));
}

/** Only tokens with a label are judged. */
function judge({ sequences }: EncodedDataset, predictions: readonly (number | Int32Array)[], head: HeadConfig): Judged {
  const pairs = sequences.map(({ label }, i) => {
    const prediction = predictions[i];
    if (typeof label === 'number' || typeof prediction === 'number')
      return { prediction: prediction as number, target: label as number };
    const positions = Array.from(label.keys()).filter((t) => label[t] >= 0);
    return { prediction: positions.map((t) => prediction[t]), target: positions.map((t) => label[t]) };
  });
  const judgeable = pairs.filter(({ target }) => typeof target === 'number' || target.length > 0);
  return {
    predictions: judgeable.map(({ prediction }) => prediction),
    targets: judgeable.map(({ target }) => target),
    labels: head.labels,
  };
}
