import { collate, type HeadTask, type LabelledSequence, type Targets, type TokenBatch } from '@hashee/core';
import { TEACHER } from './recipe.js';

/** What one forward and backward pass needs. */
export interface TrainingBatch {
  readonly batch: TokenBatch;
  readonly targets: Targets;
  /** Rows the loss is a mean over: sequences, or tokens with a label. */
  readonly rows: number;
}

/** @param teacher logits by index of the sequence */
export function trainingBatch(
  sequences: readonly LabelledSequence[],
  indices: Int32Array,
  task: HeadTask,
  teacher?: readonly Float32Array[],
): TrainingBatch {
  const chosen = Array.from(indices, (index) => sequences[index]);
  const batch = collate(chosen);
  const labels = labelsOf(chosen, task, batch);
  const targets: Record<string, Int32Array | Float32Array> = { labels };
  if (teacher) {
    const logits = Array.from(indices, (index) => teacher[index]);
    const joined = new Float32Array(logits.reduce((sum, { length }) => sum + length, 0));
    let offset = 0;
    for (const values of logits) {
      joined.set(values, offset);
      offset += values.length;
    }
    targets[TEACHER] = joined;
  }
  const rows = task === 'token-classification' ? countLabels(labels) : chosen.length;
  return { batch, targets, rows };
}

/** How many of the labels of a sequence (or batch) there are. */
export function countLabels(labels: ArrayLike<number>): number {
  let count = 0;
  for (let t = 0; t < labels.length; t++) if (labels[t] >= 0) count++;
  return count;
}

function labelsOf(chosen: readonly LabelledSequence[], task: HeadTask, batch: TokenBatch): Int32Array | Float32Array {
  if (task === 'regression') return Float32Array.from(chosen, ({ label }) => label as number);
  if (task === 'sequence-classification') return Int32Array.from(chosen, ({ label }) => label as number);
  const labels = new Int32Array(batch.inputIds.length);
  chosen.forEach(({ label }, b) => {
    labels.set(label as Int32Array, batch.offsets[b]);
  });
  return labels;
}
