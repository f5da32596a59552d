import { encoderOnly } from '../machinery/dense-model.js';
import { finalHead } from '../machinery/exit-heads.js';
import { CLASSIFICATION_AND_REGRESSION, labelLoss } from '../machinery/losses.js';
import { pickLayers } from '../machinery/pick-layers.js';
import { layersForSpeedup } from '../machinery/require-speedup.js';
import { staticMethod } from '../machinery/static-method.js';
import { trainStage } from '../machinery/train-stage.js';
import type { Method } from '../method.js';

/** The encoder's first k layers, fine-tuned as they are; k is the most that is fast enough. */
export const firstLayers: Method = staticMethod({
  name: 'first-layers',
  title: 'First k layers',
  source: 'the usual control',
  tasks: CLASSIFICATION_AND_REGRESSION,
  stages: [{ name: 'first', per: 'layers' }],
  async train(context) {
    const k = layersForSpeedup(context);
    const model = pickLayers(
      encoderOnly(context.model),
      Array.from({ length: k }, (_, index) => index + 1),
    );
    const head = finalHead({ ...context, model });
    return trainStage(context, { name: `first-${k}`, model, heads: [head], losses: [labelLoss(head)] });
  },
});
