import type { HeadAttention } from '@hashee/core';
import { digestTeacher } from '@hashee/train';
import { denseModel } from '../machinery/dense-model.js';
import { exitHeads, finalHead } from '../machinery/exit-heads.js';
import { exitMethod } from '../machinery/exit-method.js';
import { CLASSIFICATION, teacherLoss } from '../machinery/losses.js';
import { DENSE_STAGE } from '../machinery/stage-options.js';
import { trainStage } from '../machinery/train-stage.js';
import type { Method } from '../method.js';
import { normalisedEntropyPolicy } from '../policies/entropy.js';

/** Of an internal classifier, at any hidden size: `uer/layers` and `run_fastbert.py` of autoliuweijie/FastBERT. */
const ATTENTION: HeadAttention = { units: 128, heads: 2 };

/**
 * The internal classifiers learn from the final one, KL(teacher || student), while the model is frozen and without dropout;
 * at ten times the learning rate and with a schedule of their own. Leaves where the normalised entropy is at most the "speed".
 * The classifiers have an attention of their own over all tokens, 128 units in two heads. The final one, which teaches them, is
 * that of all methods here (first token, tanh layer), so that they share a dense model.
 */
export const fastbert: Method = exitMethod({
  name: 'fastbert',
  title: 'FastBERT',
  source: 'Liu et al., ACL 2020',
  // 1: classifiers got their attention.
  revision: 1,
  tasks: CLASSIFICATION,
  stages: [DENSE_STAGE, { name: 'self-distillation' }],
  policy: normalisedEntropyPolicy,
  async train(context) {
    const main = finalHead(context);
    const exits = exitHeads(main, context.model.config).map((head) => ({ ...head, attention: ATTENTION }));
    const tuned = await denseModel(context);
    const teacher = await context.backend.load(tuned, { signal: context.signal });
    try {
      return await trainStage(context, {
        name: 'self-distillation',
        model: tuned,
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
