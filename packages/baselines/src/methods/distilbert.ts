import { digestTeacher } from '@hashee/train';
import { denseModel } from '../machinery/dense-model.js';
import { finalHead } from '../machinery/exit-heads.js';
import { CLASSIFICATION_AND_REGRESSION, labelLoss, teacherLoss } from '../machinery/losses.js';
import { pickLayers, spreadLayers } from '../machinery/pick-layers.js';
import { layersForSpeedup } from '../machinery/require-speedup.js';
import { DENSE_STAGE } from '../machinery/stage-options.js';
import { stateHeads, withIdentityMap, withoutStateHeads } from '../machinery/state-heads.js';
import { staticMethod } from '../machinery/static-method.js';
import { statesTarget, teacherStates } from '../machinery/teacher-states.js';
import { trainStage } from '../machinery/train-stage.js';
import type { Method } from '../method.js';

/**
 * A student of some of the teacher's layers, spread evenly, learns what the original learned on a corpus on the task itself:
 * 5·T²KL at T = 2, 2·labels in place of masked words, 1·cosine distance of the last states. The weights are shares of their
 * sum, so that the step is as large as the other methods'.
 */
export const distilbert: Method = staticMethod({
  name: 'distilbert',
  title: 'DistilBERT-like',
  source: 'Sanh et al., 2019',
  tasks: CLASSIFICATION_AND_REGRESSION,
  stages: [DENSE_STAGE, { name: 'distil', per: 'layers' }],
  async train(context) {
    const k = layersForSpeedup(context);
    const tuned = await denseModel(context);
    const student = pickLayers(tuned, spreadLayers(k, tuned.config.layers));
    const main = finalHead({ ...context, model: student });
    const [state] = stateHeads([k], student.config.hiddenSize);
    const last = tuned.config.layers;
    const teacher = await context.backend.load(tuned, { signal: context.signal });
    try {
      const trained = await trainStage(context, {
        name: `distil-${k}`,
        model: withIdentityMap(student, [state]),
        heads: [main, state],
        losses: [
          teacherLoss(main, { temperature: 2, weight: 5 / 8 }),
          labelLoss(main, { weight: 2 / 8 }),
          { head: state.name, kind: 'cosine', target: statesTarget(last), weight: 1 / 8 },
        ],
        trainable: ['embeddings.', 'layers.', 'heads.main.'],
        teacher,
        teacherFingerprint: await digestTeacher(tuned),
        targets: teacherStates(teacher, [last], 'dense'),
      });
      return withoutStateHeads(trained);
    } finally {
      await teacher.dispose();
    }
  },
});
