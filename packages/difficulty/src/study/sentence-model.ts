import type { Checkpoint, LabelledSequence } from '@hashee/core';
import { type EncodedDataset, encodeDataset, loadTask } from '@hashee/eval';
import { digestSequences } from '@hashee/train';
import { evenly } from '../data/evenly.js';
import { splitGroups } from '../data/split-groups.js';
import { createProbe, type Probe } from '../exits/probe.js';
import { annotate } from '../model/annotate.js';
import { exitsJudge } from '../model/exits-judge.js';
import { trainExits } from '../model/train-exits.js';
import type { BitSplit } from './judge-predictors.js';
import { seeExits } from './see-exits.js';
import { type StudyContext, showUpdates, workFolder } from './study-context.js';

/** SNLI as the study uses it. */
export interface SentenceData {
  readonly train: EncodedDataset;
  /** Selects weights, from the training set too: dev is for annotation. */
  readonly select: EncodedDataset;
  /** Training pairs that are followed through a training. */
  readonly probed: readonly LabelledSequence[];
  /** Pairs to be annotated, by what predictors do with them; no premise is in two parts. */
  readonly annotated: { readonly train: EncodedDataset; readonly dev: EncodedDataset; readonly test: EncodedDataset };
}

export async function sentenceData({ settings, model, data, seed, signal }: StudyContext): Promise<SentenceData> {
  const { maxLength, sentence, exits } = settings;
  const task = await loadTask('snli', { directory: data, signal });
  const encode = (examples: typeof task.train.examples): Promise<EncodedDataset> =>
    encodeDataset({ ...task.train, examples }, model.tokenizer, { maxLength, signal });
  const premise = ({ text }: (typeof task.train.examples)[number]): string =>
    typeof text === 'string' ? text : text[0];
  const [select, rest] = splitGroups(task.train.examples, premise, [sentence.select], 0);
  const train = await encode(evenly(rest, sentence.train));
  const [first, second, third] = splitGroups(
    task.dev.examples.slice(0, sentence.annotated),
    premise,
    [sentence.predictorTrain, sentence.predictorDev],
    seed,
  );
  return {
    train,
    select: await encode(select),
    probed: evenly(train.sequences, exits.probed),
    annotated: { train: await encode(first), dev: await encode(second), test: await encode(third) },
  };
}

/** A multi-exit model with what was seen of it while it was trained. */
export interface StudiedModel {
  readonly model: Checkpoint;
  readonly probe: Probe;
  /** Updates after which its weights were kept. */
  readonly keptStep: number;
  readonly stepsPerEpoch: number;
}

/** Trains the model that annotates (`joint`), or the one that learns to exit (`berxit`). */
export async function sentenceModel(
  context: StudyContext,
  { train, select, probed }: SentenceData,
  recipe: 'joint' | 'berxit',
): Promise<StudiedModel> {
  const { settings, backend, model, seed, signal } = context;
  const { learningRate, sentence } = settings;
  const { batchSize } = sentence;
  const common = { epochs: sentence.epochs, batchSize, learningRate };
  const stepsPerEpoch = Math.ceil(train.sequences.length / batchSize);
  const evaluateEvery = Math.max(1, Math.ceil(stepsPerEpoch / 2));
  const digests = [train.sequences, select.sequences, probed].map(digestSequences);
  const directory = workFolder(context, `snli-${recipe}`, [common, digests]);
  const probe = createProbe(directory, (encoder) => seeExits(encoder, probed, recipe, signal));
  const show = showUpdates(context, recipe === 'joint' ? 'multi-exit model' : 'BERxiT');
  const { model: trained, best } = await trainExits({
    ...{ backend, model, seed, signal, recipe, directory, evaluateEvery },
    ...common,
    task: 'sequence-classification',
    labels: train.labels,
    trainSet: train.sequences,
    dev: exitsJudge(select.sequences, { score: recipe === 'joint' ? 'last' : 'mean', probe: probe.look }),
    onEvent: (event) => {
      probe.onEvent(event);
      show(event);
    },
  });
  return { model: trained, probe, keptStep: best.step, stepsPerEpoch };
}

/** The annotated pairs, by part. */
export async function annotatedPairs(
  { backend, signal }: StudyContext,
  { annotated }: SentenceData,
  model: Checkpoint,
): Promise<BitSplit> {
  const encoder = await backend.load(model, { exitTable: null });
  try {
    const part = async ({ sequences }: EncodedDataset): Promise<BitSplit['train']> => ({
      level: 'sentence',
      layers: model.config.layers,
      examples: await annotate(encoder, sequences, signal),
    });
    return { train: await part(annotated.train), dev: await part(annotated.dev), test: await part(annotated.test) };
  } finally {
    await encoder.dispose();
  }
}
