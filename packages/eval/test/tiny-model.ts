import { type Checkpoint, type HeadTask, type LabelledSequence, Random } from '@hashee/core';
import { TINY_SPECIAL_IDS, tinyCheckpoint, tinyConfig, tinyHead, tinyRandomTable } from '@hashee/core/testing';

const { first, last, count: SPECIAL } = TINY_SPECIAL_IDS;
const config = tinyConfig('bert');

/** A small BERT with random weights whose tokens exit at different layers. */
export function tinyModel(task: HeadTask): Checkpoint {
  return tinyCheckpoint({ heads: [tinyHead(task, config.layers)], exitTable: tinyRandomTable(config), seed: 4 });
}

/** Sequences of unequal length with labels for the task. */
export function sequencesFor(task: HeadTask, labels: number, count: number): LabelledSequence[] {
  const random = new Random(11);
  return Array.from({ length: count }, () => {
    const length = 3 + random.below(config.maxLength - 3);
    const inputIds = Int32Array.from({ length }, (_, t) =>
      t === 0 ? first : t === length - 1 ? last : SPECIAL + random.below(config.vocabSize - SPECIAL),
    );
    const label =
      task === 'regression'
        ? random.uniform() * 5
        : task === 'sequence-classification'
          ? random.below(labels)
          : Int32Array.from(inputIds, (id) => (id < SPECIAL || random.uniform() < 0.3 ? -1 : random.below(labels)));
    return { inputIds, label };
  });
}
