import { type HeadTask, type LabelledSequence, Random } from '@hashee/core';
import { type EncodedDataset, evaluator } from '@hashee/eval';
import type { TrainOptions } from '../src/index.js';
import { bagOfWordsBackend } from './bag-of-words/backend.js';
import { bagOfWords } from './bag-of-words/model.js';

export const LABELS: Readonly<Record<HeadTask, readonly string[]>> = {
  'sequence-classification': ['low', 'high'],
  regression: ['mean'],
  'token-classification': ['O', 'B-odd'],
};

/** Texts of 40 words whose answer follows from the words: below or above 22, their mean, odd or even; some labels lie. */
export function smallTask(task: HeadTask, count: number, seed: number): EncodedDataset {
  const random = new Random(seed);
  const sequences = Array.from({ length: count }, (): LabelledSequence => {
    const high = random.below(2);
    const inputIds = Int32Array.from({ length: 2 + random.below(12) }, () => 5 + random.below(20) + high * 15);
    if (task === 'token-classification')
      return { inputIds, label: inputIds.map((id) => (random.uniform() < 0.2 ? -1 : id % 2)) };
    const lie = random.uniform() < 0.1;
    const mean = inputIds.reduce((sum, id) => sum + id, 0) / inputIds.length;
    return { inputIds, label: task === 'regression' ? mean / 10 : lie ? 1 - high : high };
  });
  return { task, labels: LABELS[task], sequences, truncated: 0 };
}

/** A run of a second or less: 4 epochs of 10 updates. */
export function smallRun(task: HeadTask = 'sequence-classification'): TrainOptions {
  return {
    backend: bagOfWordsBackend,
    model: bagOfWords(task, LABELS[task]),
    trainSet: smallTask(task, 150, 1).sequences,
    dev: evaluator(smallTask(task, 60, 2)),
    batchSize: 16,
    epochs: 4,
    learningRate: 0.02,
    seed: 5,
  };
}
