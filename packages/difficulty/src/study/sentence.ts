import { bitsOf } from '../bits/bit-set.js';
import { profileOf } from '../bits/bits-profile.js';
import type { BitsResult } from '../results/result.js';
import { type BitSplit, judgePredictors } from './judge-predictors.js';
import { annotatedPairs, sentenceData, sentenceModel } from './sentence-model.js';
import { studiedPredictors } from './studied-predictors.js';
import type { StudyContext } from './study-context.js';

/** Which exits of an SNLI model answer a pair right: annotated here, then predicted. */
export async function runSentence(context: StudyContext): Promise<BitsResult> {
  const { sentence } = context.settings;
  const data = await sentenceData(context);
  const { model } = await sentenceModel(context, data, 'joint');
  const split = await annotatedPairs(context, data, model);
  const studied = await studiedPredictors(context, recipeOfPredictors(context), true);
  return {
    annotator: {
      examples: data.train.sequences.length,
      epochs: sentence.epochs,
      accuracy: profileOf(bitsOf(allOf(split))).rates,
    },
    ...describeSplit(split),
    predictors: await judgePredictors(context, studied, split),
  };
}

/** Of encoders that predict the bits of pairs. */
export function recipeOfPredictors({ settings }: StudyContext): {
  readonly epochs: number;
  readonly encoderBatch: number;
} {
  return { epochs: settings.sentence.predictorEpochs, encoderBatch: settings.sentence.batchSize };
}

export function allOf({ train, dev, test }: BitSplit): BitSplit['train'] {
  return { ...train, examples: [...train.examples, ...dev.examples, ...test.examples] };
}

export function describeSplit({
  train,
  dev,
  test,
}: BitSplit): Pick<BitsResult, 'layers' | 'examples' | 'train' | 'test'> {
  return {
    layers: train.layers,
    examples: { train: train.examples.length, dev: dev.examples.length, test: test.examples.length },
    train: profileOf(bitsOf(train)),
    test: profileOf(bitsOf(test)),
  };
}
