import type { Runner } from '@hashee/baselines';
import { exitsBelow, sameLayer, sameTypeSameLayer, thresholdForMeanExit } from '../exits/consistency.js';
import { ordinaryTokens, sequenceExits } from '../exits/token-exits.js';
import type { ConsistencyResult } from '../results/result.js';
import { seeExits } from './see-exits.js';
import type { SentenceData, StudiedModel } from './sentence-model.js';
import type { StudyContext } from './study-context.js';

export interface LearnedConsistencyOptions {
  readonly context: StudyContext;
  readonly name: string;
  readonly title: string;
  readonly studied: StudiedModel;
  /** The setting in use. */
  readonly threshold: number;
  readonly data: SentenceData;
  readonly recipe: 'joint' | 'berxit';
  readonly runner: Runner;
}

/**
 * Do exits that are decided from states stay the same? The same training pairs in the model as it was on its way and in the
 * one that is used; and word types between training pairs and the pairs at inference.
 */
export async function learnedConsistency(options: LearnedConsistencyOptions): Promise<ConsistencyResult> {
  const { context, name, title, studied, threshold, data, recipe } = options;
  const { backend, model, signal } = context;
  const L = model.config.layers;
  const encoder = await backend.load(studied.model, { exitTable: null });
  try {
    const training = exitsBelow(await seeExits(encoder, data.probed, recipe, signal), L, threshold);
    const { sequences } = data.annotated.test;
    const inference = exitsBelow(await seeExits(encoder, sequences, recipe, signal), L, threshold);
    const meanExit = training.reduce((sum, layer) => sum + layer, 0) / training.length;
    const records = (await studied.probe.records()).filter(({ step }) => step !== studied.keptStep);
    const ordinary = (of: typeof sequences, layers: Uint8Array): ReturnType<typeof ordinaryTokens> =>
      ordinaryTokens(sequenceExits(of, layers), model.tokenizer.specialIds);
    return {
      ...{ name, title, unit: 'sequence' },
      sameInstance: records.map(({ step, values }) => ({
        epoch: step / studied.stepsPerEpoch,
        share: sameLayer(exitsBelow(values, L, threshold), training),
        shareAtEqualCost: sameLayer(exitsBelow(values, L, thresholdForMeanExit(values, L, meanExit)), training),
      })),
      sameType: sameTypeSameLayer(ordinary(data.probed, training), ordinary(sequences, inference)) ?? 0,
    };
  } finally {
    await encoder.dispose();
  }
}
