import { type Checkpoint, type LabelledSequence, Random } from '@hashee/core';
import { TINY_SPECIAL_IDS, tinyCheckpoint } from '@hashee/core/testing';
import type { EncodedDataset } from '@hashee/eval';
import { onnx } from '@hashee/runtime-onnx';
import type { TrainContext } from '../src/index.js';

const { first, last, count: SPECIAL } = TINY_SPECIAL_IDS;
const L = 4;

/** Short texts whose class, or score from 0 to 1, is where in the vocabulary their words come from. */
export function smallTexts(
  count: number,
  seed: number,
  task: 'sequence-classification' | 'regression',
): EncodedDataset {
  const random = new Random(seed);
  const sequences = Array.from({ length: count }, (): LabelledSequence => {
    const late = random.below(2);
    const words = Array.from({ length: 1 + random.below(6) }, () => SPECIAL + 2 * random.below(20) + late);
    const odd = words.filter((word) => (word - SPECIAL) % 2 === 1).length / words.length;
    return { inputIds: Int32Array.of(first, ...words, last), label: task === 'regression' ? odd : late };
  });
  return { task, labels: task === 'regression' ? ['score'] : ['early', 'late'], sequences, truncated: 0 };
}

/** A small encoder without heads. */
export function smallEncoder(): Checkpoint {
  return tinyCheckpoint({ heads: [], config: { layers: L, heads: [3, 3, 3, 3] } });
}

export function smallContext(
  directory: string,
  task: 'sequence-classification' | 'regression' = 'sequence-classification',
  more: Partial<TrainContext> = {},
): TrainContext {
  return {
    backend: onnx({ threads: 1 }),
    model: smallEncoder(),
    trainSet: smallTexts(60, 1, task).sequences,
    dev: smallTexts(40, 2, task),
    vocabulary: { vocabSize: 50, specialIds: new Set(Array.from({ length: SPECIAL }, (_, id) => id)) },
    seed: 1,
    directory,
    recipe: { epochs: 1, batchSize: 12, learningRate: 5e-3 },
    ...more,
  };
}
