import { digestTeacher } from '@hashee/train';
import { denseModel } from '../machinery/dense-model.js';
import { finalHead } from '../machinery/exit-heads.js';
import { CLASSIFICATION_AND_REGRESSION, labelLoss, teacherLoss } from '../machinery/losses.js';
import { pickLayers } from '../machinery/pick-layers.js';
import { layersForSpeedup } from '../machinery/require-speedup.js';
import { DENSE_STAGE, SELECTION } from '../machinery/stage-options.js';
import { stateHeads, withIdentityMap, withoutStateHeads } from '../machinery/state-heads.js';
import { staticMethod } from '../machinery/static-method.js';
import { statesTarget, teacherStates } from '../machinery/teacher-states.js';
import { trainStage } from '../machinery/train-stage.js';
import type { Method } from '../method.js';

/** The teacher's layer, from 1, that each of M student layers matches: i·N/M, as whole as it can be. */
export function matchedLayers(M: number, N: number): number[] {
  return Array.from({ length: M }, (_, index) => Math.round(((index + 1) * N) / M));
}

/**
 * Two stages: the student's states become the teacher's, layer by layer through one linear map for all (mean squared
 * difference of all tokens, the embeddings aside); then its logits become the teacher's at T = 1, for regression the labels. The student is as wide
 * as the teacher and begins with the layers it matches, as there is no general distillation here; attention maps and
 * augmented texts are left out.
 */
export const tinybert: Method = staticMethod({
  name: 'tinybert',
  title: 'TinyBERT-like',
  source: 'Jiao et al., Findings of EMNLP 2020',
  tasks: CLASSIFICATION_AND_REGRESSION,
  stages: [DENSE_STAGE, { name: 'states', per: 'layers', without: SELECTION }, { name: 'prediction', per: 'layers' }],
  async train(context) {
    const k = layersForSpeedup(context);
    const tuned = await denseModel(context);
    const matched = matchedLayers(k, tuned.config.layers);
    const student = pickLayers(tuned, matched);
    const H = student.config.hiddenSize;
    const main = finalHead({ ...context, model: student });
    const states = stateHeads(
      matched.map((_, index) => index + 1),
      H,
    );
    const teacher = await context.backend.load(tuned, { signal: context.signal });
    try {
      const matching = await trainStage(context, {
        name: `states-${k}`,
        model: withIdentityMap(student, states),
        heads: [main, ...states],
        losses: states.map(({ name }, index) => ({
          head: name,
          kind: 'mse',
          target: statesTarget(matched[index]),
          weight: 1 / H,
        })),
        trainable: ['embeddings.', 'layers.', `heads.${states[0].name}.`],
        targets: teacherStates(teacher, matched, 'dense'),
        judged: 'none',
        epochs: 2,
      });
      return await trainStage(context, {
        name: `prediction-${k}`,
        model: withoutStateHeads(matching),
        heads: [main],
        losses: [main.task === 'regression' ? labelLoss(main) : teacherLoss(main)],
        ...(main.task === 'regression' ? {} : { teacher, teacherFingerprint: await digestTeacher(tuned) }),
      });
    } finally {
      await teacher.dispose();
    }
  },
});
