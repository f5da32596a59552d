import type { EncoderConfig, HeadConfig } from '@hashee/core';
import { mainHead } from '@hashee/train';
import type { TrainContext } from '../method.js';

/** Name of the internal classifier above a layer. */
export function exitName(layer: number): string {
  return `exit${layer}`;
}

/** The head that answers above the last layer. */
export function finalHead({ model, dev }: Pick<TrainContext, 'model' | 'dev'>): HeadConfig {
  return mainHead(model.config, dev.task, dev.labels);
}

/** Internal classifiers on layers 1 to L - 1, shaped as the final head. */
export function exitHeads(main: HeadConfig, { layers }: Pick<EncoderConfig, 'layers'>): HeadConfig[] {
  return Array.from({ length: layers - 1 }, (_, index) => ({ ...main, name: exitName(index + 1), layer: index + 1 }));
}
