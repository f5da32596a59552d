import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type BitSet, bitsOf } from '../bits/bit-set.js';
import { type Bits, bitsOfLogits } from '../bits/bits.js';
import { profileOf } from '../bits/bits-profile.js';
import { bitScores } from '../metrics/bit-scores.js';
import { randomScores } from '../metrics/random-scores.js';
import type { BitPredictor, Prediction } from '../predictors/bit-predictor.js';
import { labelsOf } from '../predictors/label-prior.js';
import type { PredictorResult } from '../results/result.js';
import { readPrediction, writePrediction } from './stored-prediction.js';
import { digestOf, type StudyContext, workFolder } from './study-context.js';

/** Bits cut into what is learned from, what selects, and what judges. */
export interface BitSplit {
  readonly train: BitSet;
  readonly dev: BitSet;
  readonly test: BitSet;
}

/** A predictor with what it depends on besides the bits. */
export interface StudiedPredictor {
  readonly predictor: BitPredictor;
  readonly recipe: unknown;
}

/** A prediction, made once: a study that goes on finds it. One that can't be read is made anew. */
export async function predictOnce(
  context: Pick<StudyContext, 'work' | 'seed' | 'digest' | 'signal' | 'onProgress'>,
  { predictor, recipe }: StudiedPredictor,
  split: BitSplit,
): Promise<Prediction> {
  const { seed, signal, onProgress } = context;
  const directory = workFolder(context, `${split.train.level}-${predictor.name}`, [recipe, digestSplit(split)]);
  const path = join(directory, 'prediction.json');
  const found = await readPrediction(path, split);
  if (found) return found;
  const prediction = await predictor.predict({
    ...split,
    ...{ seed, directory, signal },
    onProgress: (progress) => onProgress?.({ what: predictor.title, ...progress }),
  });
  await writePrediction(path, prediction);
  // Its training has done its duty.
  await rm(join(directory, predictor.name), { recursive: true, force: true });
  return prediction;
}

/** All predictors on one split, the baselines first. Nothing is chosen on test. */
export async function judgePredictors(
  context: StudyContext,
  studied: readonly StudiedPredictor[],
  split: BitSplit,
  outside?: number,
): Promise<PredictorResult[]> {
  const gold = bitsOf(split.test);
  const profile = profileOf(gold);
  const results: PredictorResult[] = [
    { name: 'random', title: 'Random (expected)', ...randomScores(profileOf(bitsOf(split.train)).rates, profile) },
  ];
  for (const each of studied) {
    const { dev, test, history } = await predictOnce(context, each, split);
    const predicted = bitsOfLogits(test, gold.layers);
    const { name, title } = each.predictor;
    results.push({
      ...{ name, title },
      ...bitScores(predicted, gold),
      dev: bitScores(bitsOfLogits(dev, gold.layers), bitsOf(split.dev)).mean,
      history,
      ...(outside === undefined ? {} : { byLabel: byLabel(predicted, gold, labelsOf(split.test), outside) }),
    });
  }
  return results;
}

function byLabel(
  predicted: Bits,
  gold: Bits,
  labels: readonly number[],
  outside: number,
): { outside: number; entity: number } {
  const L = gold.layers;
  const share = (wanted: (label: number) => boolean): number => {
    let [right, all] = [0, 0];
    labels.forEach((label, row) => {
      if (!wanted(label)) return;
      for (let l = 0; l < L; l++) if (predicted.values[row * L + l] === gold.values[row * L + l]) right++;
      all += L;
    });
    return all === 0 ? 0 : right / all;
  };
  return { outside: share((label) => label === outside), entity: share((label) => label !== outside) };
}

function digestSplit({ train, dev, test }: BitSplit): string {
  return digestOf(
    [train, dev, test].map(({ level, layers, examples }) => [
      level,
      layers,
      examples.map(({ inputIds, positions, bits }) => [[...Array.from(inputIds)], [...positions], [...bits]]),
    ]),
  );
}
