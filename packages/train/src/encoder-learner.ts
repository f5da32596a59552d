import type { Trainer } from '@hashee/core';
import type { Learner } from './learner.js';
import type { Recipe } from './recipe.js';
import type { TrainOptions } from './train-options.js';
import { trainingBatch } from './training-batch.js';

/** An encoder with heads as the loop sees it. */
export function encoderLearner(
  trainer: Trainer,
  { trainSet, targets: more, layers, dev }: TrainOptions,
  recipe: Recipe,
  teacher: readonly Float32Array[] | undefined,
): Learner {
  return {
    async accumulate(indicesOfBatches, step) {
      const chosen = layers && { layers: layers.of(step) };
      const batches = indicesOfBatches.map((indices) => ({
        indices,
        ...trainingBatch(trainSet, indices, recipe.task, teacher),
      }));
      const rows = batches.reduce((sum, batch) => sum + batch.rows, 0);
      const terms = new Array<number>(recipe.losses.length).fill(0);
      let loss = 0;
      for (const [part, { batch, targets: given, rows: own, indices }] of batches.entries()) {
        const scale = own / rows;
        const targets = more ? { ...given, ...(await more.of(batch, { indices, step, part })) } : given;
        const result = await trainer.accumulate(batch, targets, { scale, ...chosen });
        loss += scale * result.loss;
        result.terms.forEach((term, i) => {
          terms[i] += scale * term;
        });
      }
      return { loss, terms };
    },
    evaluate:
      dev &&
      (async (signal) => {
        const encoder = await trainer.encoder(recipe.head);
        try {
          return await dev.evaluate(encoder, { signal });
        } finally {
          await encoder.dispose();
        }
      }),
    update: (options) => trainer.update(options),
    weights: () => trainer.weights(),
    state: () => trainer.state(),
    restore: (state) => trainer.restore(state),
    dispose: () => trainer.dispose(),
  };
}
