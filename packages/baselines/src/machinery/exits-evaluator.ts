import { type Encoder, HasheeError, throwIfAborted } from '@hashee/core';
import type { EncodedDataset, Evaluator, Metric, MetricName } from '@hashee/eval';
import type { DevEvaluator } from '@hashee/train';
import { sortedBatches } from './batches.js';
import { judge } from './judge.js';

const BATCH_SIZE = 32;

/**
 * Judges several heads of a model in one pass: the score is the mean over the heads, as ElasticBERT selects its checkpoints.
 * Metrics are named `head.metric`.
 */
export function exitsEvaluator(
  base: Evaluator,
  dataset: EncodedDataset,
  names: readonly string[],
  metrics?: readonly (MetricName | Metric)[],
): DevEvaluator {
  return {
    fingerprint: `${base.fingerprint} ${names.join()}`,
    assertFits: (head) => base.assertFits(head),
    async evaluate(encoder, { signal }) {
      const logits = await headAnswers(encoder, dataset, names, signal);
      const judged = names.map((name) => [name, judge(dataset, logits.get(name)!, metrics)] as const);
      return {
        metrics: Object.fromEntries(
          judged.flatMap(([name, each]) =>
            Object.entries(each.metrics).map(([metric, value]) => [`${name}.${metric}`, value]),
          ),
        ),
        score: judged.reduce((sum, [, { quality }]) => sum + quality, 0) / names.length,
      };
    },
  };
}

/** Answers of each head on its own layer, `[N, C]` in the order of the data set. */
async function headAnswers(
  encoder: Encoder,
  { sequences }: EncodedDataset,
  names: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Map<string, Float32Array>> {
  const heads = names.map((name) => {
    const head = encoder.heads.find((candidate) => candidate.name === name);
    if (!head) throw new HasheeError('NOT_FOUND', `The model has no head "${name}".`, { fields: { head: name } });
    return head;
  });
  const answers = new Map(heads.map(({ name, labels }) => [name, new Float32Array(sequences.length * labels.length)]));
  const { batches, rows } = sortedBatches(sequences, BATCH_SIZE);
  for (const [index, batch] of batches.entries()) {
    throwIfAborted(signal, 'Evaluation');
    const pass = await encoder.begin(batch, { signal });
    try {
      for (const head of heads.toSorted((a, b) => a.layer - b.layer)) {
        if (pass.layer < head.layer) await pass.advance(head.layer);
        const C = head.labels.length;
        const logits = await pass.logits(head.name);
        rows[index].forEach((row, b) => {
          answers.get(head.name)!.set(logits.subarray(b * C, (b + 1) * C), row * C);
        });
      }
    } finally {
      pass.dispose();
    }
  }
  return answers;
}
