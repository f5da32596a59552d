import {
  collate,
  collateTargets,
  countTargets,
  type SequenceToSequenceExample,
  type SequenceToSequenceTrainer,
} from '@hashee/core';
import type { Learner } from '../learner.js';
import type { SequenceToSequenceTrainOptions } from './sequence-to-sequence-options.js';
import { withoutTied } from './tied-vocabulary.js';

/** An encoder-decoder as the loop sees it. */
export function sequenceToSequenceLearner(
  trainer: SequenceToSequenceTrainer,
  { dev, model: { config } }: SequenceToSequenceTrainOptions,
  trainSet: readonly SequenceToSequenceExample[],
): Learner {
  return {
    async accumulate(indicesOfBatches) {
      const batches = indicesOfBatches.map((indices) => {
        const chosen = Array.from(indices, (index) => trainSet[index]);
        const targets = collateTargets(chosen.map(({ labels }) => labels));
        return { sources: collate(chosen), targets, labels: countTargets(targets.labels) };
      });
      const total = batches.reduce((sum, { labels }) => sum + labels, 0);
      let loss = 0;
      for (const { sources, targets, labels } of batches) {
        const scale = labels / total;
        loss += scale * (await trainer.accumulate(sources, targets, { scale })).loss;
      }
      return { loss, terms: [loss] };
    },
    evaluate:
      dev &&
      (async (signal) => {
        const model = await trainer.model();
        try {
          return await dev.evaluate(model, { signal });
        } finally {
          await model.dispose();
        }
      }),
    update: (options) => trainer.update(options),
    weights: () => withoutTied(trainer.weights(), config),
    state: () => trainer.state(),
    restore: (state) => trainer.restore(state),
    dispose: () => trainer.dispose(),
  };
}
