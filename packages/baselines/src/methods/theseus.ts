import { type Checkpoint, Random } from '@hashee/core';
import { denseModel } from '../machinery/dense-model.js';
import { CLASSIFICATION_AND_REGRESSION, labelLoss } from '../machinery/losses.js';
import { pickLayers } from '../machinery/pick-layers.js';
import { layersForSpeedup } from '../machinery/require-speedup.js';
import { DENSE_STAGE, SELECTION, stageOptions } from '../machinery/stage-options.js';
import { staticMethod } from '../machinery/static-method.js';
import { trainStage } from '../machinery/train-stage.js';
import type { Method, TrainContext } from '../method.js';

const PURPOSE = 0x746865;

/** Probability that a module is replaced: min(1, p0 + k·step). */
export function replacementRate(step: number, start = 0.3, slope = 0.0006): number {
  return Math.min(1, start + slope * step);
}

/** A module: layers of the predecessor and the one that takes their place, as layers of the model that holds both. */
export interface TheseusModule {
  readonly predecessor: readonly number[];
  readonly successor: number;
}

/** M modules over N layers, each module's predecessor layers followed by its successor. */
export function theseusModules(M: number, N: number): TheseusModule[] {
  return Array.from({ length: M }, (_, i) => {
    const from = Math.floor((i * N) / M);
    const to = Math.floor(((i + 1) * N) / M);
    const predecessor = Array.from({ length: to - from }, (_each, j) => from + i + j + 1);
    return { predecessor, successor: to + i + 1 };
  });
}

/** The layers that run under a draw: 1 takes the successor. */
export function theseusPath(modules: readonly TheseusModule[], draws: readonly (0 | 1 | boolean)[]): number[] {
  return modules.flatMap(({ predecessor, successor }, i) => (draws[i] ? [successor] : predecessor));
}

/** Predecessor and successor in one model; the successor begins as the predecessor's first M layers. */
function bothModels(dense: Checkpoint, modules: readonly TheseusModule[]): Checkpoint {
  const layers: number[] = [];
  let next = 1;
  modules.forEach(({ predecessor }, i) => {
    layers.push(...predecessor.map(() => next++), i + 1);
  });
  return pickLayers(dense, layers);
}

/** The rate rises linearly from 0.3 and reaches 1 at the end of the stage, whatever its length. */
function slopeFor(context: TrainContext, stage: string): number {
  const { trainSet, recipe } = context;
  const { epochs = 4, batchSize = 32, accumulation = 1 } = { ...recipe, ...stageOptions(context, stage) };
  const steps = epochs * Math.ceil(Math.ceil(trainSet.length / batchSize) / accumulation);
  return 0.7 / Math.max(1, steps);
}

/**
 * While it trains, a fine-tuned predecessor's modules are replaced at random by single layers, more and more of them; only
 * those learn. Then the successor alone is fine-tuned, its layers only.
 */
export const theseus: Method = staticMethod({
  name: 'theseus',
  title: 'BERT-of-Theseus',
  source: 'Xu et al., EMNLP 2020',
  tasks: CLASSIFICATION_AND_REGRESSION,
  stages: [DENSE_STAGE, { name: 'replacing', per: 'layers', without: SELECTION }, { name: 'successor', per: 'layers' }],
  async train(context) {
    const k = layersForSpeedup(context);
    const tuned = await denseModel(context);
    const modules = theseusModules(k, tuned.config.layers);
    const both = bothModels(tuned, modules);
    const [main] = both.heads;
    const stage = `replacing-${k}`;
    const slope = slopeFor(context, stage);
    const replaced = await trainStage(context, {
      name: stage,
      model: both,
      heads: [main],
      losses: [labelLoss(main)],
      trainable: modules.map(({ successor }) => `layers.${successor}.`),
      layers: {
        fingerprint: `theseus ${k} ${slope} ${context.seed}`,
        of(step) {
          const random = Random.stream(context.seed, PURPOSE, step);
          const rate = replacementRate(step, 0.3, slope);
          return theseusPath(
            modules,
            modules.map(() => random.uniform() < rate),
          );
        },
      },
      judged: 'none',
    });
    const successor = pickLayers(
      replaced,
      modules.map((module) => module.successor),
    );
    return trainStage(context, {
      name: `successor-${k}`,
      model: successor,
      heads: successor.heads,
      losses: [labelLoss(successor.heads[0])],
      trainable: ['layers.'],
    });
  },
});
