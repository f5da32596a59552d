import { digestTeacher } from '@hashee/train';
import { denseModel, withPooler } from '../machinery/dense-model.js';
import { exitHeads, finalHead } from '../machinery/exit-heads.js';
import { exitMethod } from '../machinery/exit-method.js';
import { CLASSIFICATION, teacherLoss } from '../machinery/losses.js';
import { DENSE_STAGE } from '../machinery/stage-options.js';
import { trainStage } from '../machinery/train-stage.js';
import type { Method } from '../method.js';
import { normalisedEntropyPolicy } from '../policies/entropy.js';

/**
 * The internal classifiers learn from the final one, KL(teacher || student), while the model is frozen and without dropout;
 * at ten times the learning rate and with a schedule of their own. Leaves where the normalised entropy is at most the "speed".
 * The classifiers are shaped as those of all methods here (first token, tanh layer); the original's have an attention of 128
 * units over all tokens in between.
 */
export const fastbert: Method = exitMethod({
  name: 'fastbert',
  title: 'FastBERT',
  source: 'Liu et al., ACL 2020',
  tasks: CLASSIFICATION,
  stages: [DENSE_STAGE, { name: 'self-distillation' }],
  policy: normalisedEntropyPolicy,
  async train(context) {
    const main = finalHead(context);
    const exits = exitHeads(main, context.model.config);
    const tuned = await denseModel(context);
    const teacher = await context.backend.load(tuned, { signal: context.signal });
    try {
      return await trainStage(context, {
        name: 'self-distillation',
        model: withPooler(tuned, context.model),
        heads: [...exits, main],
        losses: exits.map((head) => teacherLoss(head)),
        teacher,
        teacherFingerprint: await digestTeacher(tuned),
        trainable: exits.map(({ name }) => `heads.${name}.`),
        judged: exits.map(({ name }) => name),
        quietEncoder: true,
        learningRate: 10,
        epochs: 5 / 3,
      });
    } finally {
      await teacher.dispose();
    }
  },
});
