import { encoderOnly } from '../machinery/dense-model.js';
import { exitHeads, finalHead } from '../machinery/exit-heads.js';
import { exitMethod } from '../machinery/exit-method.js';
import { CLASSIFICATION_AND_REGRESSION, labelLoss } from '../machinery/losses.js';
import { trainStage } from '../machinery/train-stage.js';
import type { Method } from '../method.js';
import { type PatienceOptions, patiencePolicy } from '../policies/patience.js';

/** Weights of the exits' losses: (Σ i·loss_i) / Σ i. */
export function depthWeights(layers: number): number[] {
  const sum = (layers * (layers + 1)) / 2;
  return Array.from({ length: layers }, (_, index) => (index + 1) / sum);
}

/**
 * All classifiers and the model at once, deeper ones weighing more; one pooler for all of them. Leaves after `patience`
 * answers in a row that agree with the one before.
 */
export function pabee(options: PatienceOptions = {}): Method {
  return exitMethod({
    name: 'pabee',
    title: 'PABEE',
    source: 'Zhou et al., NeurIPS 2020',
    tasks: CLASSIFICATION_AND_REGRESSION,
    stages: [{ name: 'joint' }],
    policy: patiencePolicy(options),
    async train(context) {
      const { config } = context.model;
      const main = finalHead(context);
      const exits = exitHeads(main, config).map((head) => ({ ...head, shares: { dense: main.name } }));
      const heads = [...exits, main];
      const weights = depthWeights(config.layers);
      return trainStage(context, {
        name: 'joint',
        model: encoderOnly(context.model),
        heads,
        losses: heads.map((head) => labelLoss(head, { weight: weights[head.layer - 1] })),
        judged: heads.map(({ name }) => name),
      });
    },
  });
}
