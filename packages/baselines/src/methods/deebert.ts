import { denseModel, withPooler } from '../machinery/dense-model.js';
import { exitHeads, finalHead } from '../machinery/exit-heads.js';
import { exitMethod } from '../machinery/exit-method.js';
import { CLASSIFICATION, labelLoss } from '../machinery/losses.js';
import { DENSE_STAGE } from '../machinery/stage-options.js';
import { trainStage } from '../machinery/train-stage.js';
import type { Method } from '../method.js';
import { entropyPolicy } from '../policies/entropy.js';

/**
 * Two stages: the dense model first; then, the model frozen and without dropout, the internal classifiers by the sum of their
 * losses. Leaves where the entropy is below a threshold; the last layer always answers by its own, trained head.
 */
export const deebert: Method = exitMethod({
  name: 'deebert',
  title: 'DeeBERT',
  source: 'Xin et al., ACL 2020',
  tasks: CLASSIFICATION,
  stages: [DENSE_STAGE, { name: 'exits' }],
  policy: entropyPolicy,
  async train(context) {
    const main = finalHead(context);
    const exits = exitHeads(main, context.model.config);
    return trainStage(context, {
      name: 'exits',
      model: withPooler(await denseModel(context), context.model),
      heads: [...exits, main],
      losses: exits.map((head) => labelLoss(head)),
      trainable: exits.map(({ name }) => `heads.${name}.`),
      judged: exits.map(({ name }) => name),
      quietEncoder: true,
    });
  },
});
