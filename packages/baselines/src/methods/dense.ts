import { denseModel } from '../machinery/dense-model.js';
import { CLASSIFICATION_AND_REGRESSION } from '../machinery/losses.js';
import { DENSE_STAGE } from '../machinery/stage-options.js';
import { staticMethod } from '../machinery/static-method.js';
import type { Method } from '../method.js';

/** Fine-tuning without any exit: what all others are compared with. */
export const dense: Method = staticMethod({
  name: 'dense',
  title: 'Dense',
  source: 'Devlin et al., NAACL 2019',
  family: 'dense',
  tasks: CLASSIFICATION_AND_REGRESSION,
  stages: [DENSE_STAGE],
  perSpeedup: false,
  train: denseModel,
});
