import type { Checkpoint } from '@hashee/core';
import { encoderOnly } from '../machinery/dense-model.js';
import { exitHeads, finalHead } from '../machinery/exit-heads.js';
import { exitMethod } from '../machinery/exit-method.js';
import { CLASSIFICATION, CLASSIFICATION_AND_REGRESSION, labelLoss } from '../machinery/losses.js';
import { trainStage } from '../machinery/train-stage.js';
import type { Method, TrainContext } from '../method.js';
import { entropyPolicy } from '../policies/entropy.js';
import { type PatienceOptions, patiencePolicy } from '../policies/patience.js';

/** All classifiers and the model at once: the plain sum of the losses, with gradient equilibrium. */
async function trainJointly(context: TrainContext): Promise<Checkpoint> {
  const main = finalHead(context);
  const heads = [...exitHeads(main, context.model.config), main];
  return trainStage(context, {
    name: 'joint',
    model: encoderOnly(context.model),
    heads,
    losses: heads.map((head) => labelLoss(head)),
    gradientEquilibrium: true,
    judged: heads.map(({ name }) => name),
  });
}

const common = {
  source: 'Liu et al., NAACL 2022',
  recipe: 'elasticbert',
  stages: [{ name: 'joint' }],
  train: trainJointly,
};

/** ElasticBERT's fine-tuning, left by entropy. The backbone is the one that is given, not ElasticBERT's own. */
export const elasticbertEntropy: Method = exitMethod({
  ...common,
  name: 'elasticbert-entropy',
  title: 'ElasticBERT (entropy)',
  tasks: CLASSIFICATION,
  policy: entropyPolicy,
});

/** The same, left by patience. */
export function elasticbertPatience(options: PatienceOptions = {}): Method {
  return exitMethod({
    ...common,
    name: 'elasticbert-patience',
    title: 'ElasticBERT (patience)',
    tasks: CLASSIFICATION_AND_REGRESSION,
    policy: patiencePolicy(options),
  });
}
