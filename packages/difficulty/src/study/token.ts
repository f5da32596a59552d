import type { Checkpoint } from '@hashee/core';
import { entityReport, loadTask } from '@hashee/eval';
import { digestSequences } from '@hashee/train';
import { bitsOf } from '../bits/bit-set.js';
import { profileOf } from '../bits/bits-profile.js';
import { evenly } from '../data/evenly.js';
import { splitGroups } from '../data/split-groups.js';
import { type TaggedPieces, taggedPieces } from '../data/tagged-pieces.js';
import { annotate, exitNames } from '../model/annotate.js';
import { askHeads, largest } from '../model/ask-heads.js';
import { trainExits } from '../model/train-exits.js';
import { goldLabelPrior, labelDistribution, labelsOf, typeLabelPrior, typeMemory } from '../predictors/label-prior.js';
import type { BitsResult } from '../results/result.js';
import { judgePredictors, type StudiedPredictor } from './judge-predictors.js';
import { allOf, describeSplit } from './sentence.js';
import { studiedPredictors } from './studied-predictors.js';
import { type StudyContext, showUpdates, workFolder } from './study-context.js';

const OUTSIDE = 'O';

/** Which exits of a tagger are right about a word piece, and how much of that its label says already. */
export async function runToken(context: StudyContext): Promise<BitsResult> {
  const { settings, backend, model, data, seed, signal } = context;
  const { token, maxLength, learningRate } = settings;
  const task = await loadTask('wnut17-ner', { directory: data, signal });
  const { labels } = task.train;
  const trainSet = evenly(taggedPieces(task.train, model.tokenizer, maxLength), token.train);
  const recipe = { epochs: token.epochs, batchSize: token.batchSize, learningRate };
  const { model: tagger } = await trainExits({
    ...{ backend, model, seed, signal, trainSet, labels },
    ...recipe,
    recipe: 'joint',
    task: 'token-classification',
    directory: workFolder(context, 'wnut-joint', [recipe, digestSequences(trainSet)]),
    onEvent: showUpdates(context, 'multi-exit tagger'),
  });

  const sentences = taggedPieces(task.dev, model.tokenizer, maxLength);
  const [first, second, third] = splitGroups(
    sentences,
    ({ inputIds }) => Array.from(inputIds).join(),
    [token.predictorTrain, token.predictorDev],
    seed,
  );
  const encoder = await backend.load(tagger, { exitTable: null });
  try {
    const part = async (pieces: readonly TaggedPieces[]) => ({
      level: 'token' as const,
      layers: model.config.layers,
      examples: await annotate(encoder, pieces, signal),
    });
    const split = { train: await part(first), dev: await part(second), test: await part(third) };
    const outside = labels.indexOf(OUTSIDE);
    const distribution = labelDistribution(trainSet, labels.length);
    const [most, ...others] = await studiedPredictors(
      context,
      { epochs: token.predictorEpochs, encoderBatch: token.batchSize },
      true,
    );
    const tagged = digestSequences(trainSet);
    const priors: StudiedPredictor[] = [
      { predictor: typeLabelPrior(distribution), recipe: tagged },
      { predictor: typeMemory, recipe: null },
      { predictor: goldLabelPrior(labels.length), recipe: labels.length },
    ];
    const whole = allOf(split);
    const gold = labelsOf(whole);
    return {
      annotator: {
        examples: trainSet.length,
        epochs: token.epochs,
        accuracy: profileOf(bitsOf(whole)).rates,
        entityF1: await entityScores(encoder, tagger, sentences, labels, signal),
        outside: gold.filter((label) => label === outside).length / gold.length,
      },
      ...describeSplit(split),
      predictors: await judgePredictors(context, [most, ...priors, ...others], split, outside),
    };
  } finally {
    await encoder.dispose();
  }
}

/** F1 of whole entities for each exit: a word has the tag of its first piece. */
async function entityScores(
  encoder: Awaited<ReturnType<StudyContext['backend']['load']>>,
  { config }: Checkpoint,
  sentences: readonly TaggedPieces[],
  labels: readonly string[],
  signal?: AbortSignal,
): Promise<number[]> {
  const C = labels.length;
  const tags = exitNames(config.layers).map(() => sentences.map((): string[] => []));
  const expected = sentences.map(({ label, firstTokens }) =>
    Array.from(
      firstTokens.filter((position) => position >= 0),
      (position) => labels[label[position]],
    ),
  );
  await askHeads(
    encoder,
    sentences,
    exitNames(config.layers),
    ({ layer }, index, logits) => {
      const { firstTokens } = sentences[index];
      tags[layer - 1][index] = Array.from(
        firstTokens.filter((position) => position >= 0),
        (position) => labels[largest(logits.subarray(position * C, (position + 1) * C))],
      );
    },
    signal,
  );
  return tags.map((predicted) => entityReport(predicted, expected).f1);
}
