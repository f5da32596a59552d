import { type Checkpoint, collate, type LabelledSequence, Random, throwIfAborted } from '@hashee/core';
import type { BatchTargets } from '@hashee/train';
import { CascadeRunner } from '../machinery/cascade-runner.js';
import { denseModel, encoderOnly } from '../machinery/dense-model.js';
import { finalHead } from '../machinery/exit-heads.js';
import { assertTask } from '../machinery/exit-method.js';
import { CLASSIFICATION, labelLoss } from '../machinery/losses.js';
import { pickLayers } from '../machinery/pick-layers.js';
import { assertStages, DENSE_STAGE } from '../machinery/stage-options.js';
import { trainStage } from '../machinery/train-stage.js';
import type { Method, MethodStage, TrainContext } from '../method.js';
import { thresholdGrid } from '../policies/threshold-grid.js';
import { largest } from '../policies/uncertainty.js';

const PURPOSE = 0x636173;
const FOLDS = 2;
const BATCH_SIZE = 64;

const STAGES: readonly MethodStage[] = [
  DENSE_STAGE,
  ...Array.from({ length: FOLDS }, (_, held) => ({ name: `difficulty-${held + 1}` })),
  { name: 'small' },
];

export interface CascadeOptions {
  /**
   * The small member: a model that was pretrained as a whole, with the same tokenizer.
   * @default the encoder's first layers: a sixth of them, at least two
   */
  readonly small?: ((pretrained: Checkpoint) => Checkpoint) | undefined;
  /** Which training sequences are easy. @default those that a small model answers rightly which was trained on the other half */
  readonly easy?: readonly boolean[] | undefined;
  /** λ of the difficulty-aware regularisation; 0 leaves it out. @default 0.5 */
  readonly weight?: number | undefined;
  /** ε @default 0.3 */
  readonly margin?: number | undefined;
}

/**
 * Of each easy row the place of a hard row of the batch, drawn with replacement; -1 for hard rows, and for all where the batch
 * lacks either kind.
 */
export function difficultyPartners(easy: readonly boolean[], random: Random): Int32Array {
  const hard = easy.flatMap((isEasy, row) => (isEasy ? [] : [row]));
  return Int32Array.from(easy, (isEasy) => (isEasy && hard.length > 0 ? hard[random.below(hard.length)] : -1));
}

function partnerTargets(easy: readonly boolean[], seed: number): BatchTargets {
  return {
    fingerprint: `partners ${easy.map(Number).join('')} ${seed}`,
    names: ['partners'],
    of(_batch, { indices, step, part }) {
      const inBatch = Array.from(indices, (index) => easy[index]);
      return { partners: difficultyPartners(inBatch, Random.stream(seed, PURPOSE, step, part)) };
    },
  };
}

/** Each half is judged by a model trained on the other, as a model is nearly always right on what it was trained on. */
async function findEasy(context: TrainContext, small: Checkpoint): Promise<boolean[]> {
  const { trainSet } = context;
  const fold = Array.from(trainSet, (_, index) => index % FOLDS);
  const easy = new Array<boolean>(trainSet.length).fill(true);
  for (let held = 0; held < FOLDS; held++) {
    const model = await trainSmall(context, small, `difficulty-${held + 1}`, {
      trainSet: trainSet.filter((_, index) => fold[index] !== held),
    });
    const rows = Array.from(trainSet.keys()).filter((index) => fold[index] === held);
    const right = await rightAnswers(
      context,
      model,
      rows.map((index) => trainSet[index]),
    );
    rows.forEach((index, i) => {
      easy[index] = right[i];
    });
  }
  return easy;
}

async function rightAnswers(
  { backend, signal }: TrainContext,
  model: Checkpoint,
  sequences: readonly LabelledSequence[],
): Promise<boolean[]> {
  const encoder = await backend.load(model, { signal });
  try {
    const right: boolean[] = [];
    for (let from = 0; from < sequences.length; from += BATCH_SIZE) {
      throwIfAborted(signal, 'Judging difficulty');
      const part = sequences.slice(from, from + BATCH_SIZE);
      const { logits, labels: C } = await encoder.forward(collate(part), { signal });
      part.forEach(({ label }, b) => {
        right.push(largest(logits.subarray(b * C, (b + 1) * C)) === label);
      });
    }
    return right;
  } finally {
    await encoder.dispose();
  }
}

function trainSmall(
  context: TrainContext,
  model: Checkpoint,
  name: string,
  options: {
    readonly trainSet?: readonly LabelledSequence[];
    readonly targets?: BatchTargets;
    readonly weight?: number;
    readonly margin?: number;
  },
): Promise<Checkpoint> {
  const main = finalHead({ ...context, model });
  const { targets, weight, margin } = options;
  const calibration = { head: main.name, kind: 'confidence-margin', target: 'partners', weight, margin } as const;
  return trainStage(context, {
    name,
    model,
    heads: [main],
    losses: [labelLoss(main), ...(targets ? [calibration] : [])],
    targets,
    data: { trainSet: options.trainSet ?? context.trainSet, dev: context.dev },
  });
}

/**
 * A small and a large complete model: what the small one isn't sure of the large one computes from the beginning. The small
 * one learns to be surer of easy sequences than of hard ones. The members share no parameters, so each is trained by itself,
 * the large one being the dense model.
 */
export function cascadebert(options: CascadeOptions = {}): Method {
  const { weight = 0.5, margin = 0.3 } = options;
  const title = 'CascadeBERT';
  const firstLayers = (pretrained: Checkpoint): Checkpoint => {
    const k = Math.min(pretrained.config.layers, Math.max(2, Math.round(pretrained.config.layers / 6)));
    return pickLayers(
      pretrained,
      Array.from({ length: k }, (_, index) => index + 1),
    );
  };
  return {
    specificationVersion: 'v1',
    name: 'cascadebert',
    title,
    family: 'cascade',
    source: 'Li et al., Findings of EMNLP 2021',
    tasks: CLASSIFICATION,
    recipe: 'cascadebert',
    stages: STAGES,
    perSpeedup: false,
    async train(context) {
      assertTask({ title, tasks: CLASSIFICATION }, context);
      assertStages({ title, stages: STAGES }, context);
      const large = await denseModel(context);
      const start = encoderOnly((options.small ?? firstLayers)(encoderOnly(context.model)));
      const easy = weight === 0 ? undefined : (options.easy ?? (await findEasy(context, start)));
      const small = await trainSmall(
        context,
        start,
        'small',
        easy ? { targets: partnerTargets(easy, context.seed), weight, margin } : {},
      );
      const parameters = { weight, margin, easy: easy?.filter(Boolean).length ?? null };
      const dense = { config: context.model.config, head: finalHead(context) };
      return { recipe: 'cascadebert', models: { small, large }, parameters, dense };
    },
    async open({ models, dense }, backend) {
      const small = await backend.load(models['small'], { exitTable: null });
      try {
        const large = await backend.load(models['large'], { exitTable: null });
        const C = dense.head.labels.length;
        // From 1, where nobody is sure enough, down to 1/C, where everybody is.
        const settings = thresholdGrid(1 - 1 / C).map((share) => 1 - share);
        return new CascadeRunner([small, large], dense.head, dense, [...settings, 1 / C - 1e-6]);
      } catch (error) {
        await small.dispose();
        throw error;
      }
    },
  };
}
