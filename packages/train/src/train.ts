import { HasheeError, type HeadConfig, MemoryWeights, type TrainingSpec, throwIfAborted } from '@hashee/core';
import { encoderLearner } from './encoder-learner.js';
import { executeRun } from './execute-run.js';
import { identityOf } from './identity.js';
import type { Learner } from './learner.js';
import { Plan } from './plan.js';
import { type Recipe, resolveRecipe } from './recipe.js';
import { TeacherAnswers } from './teacher-answers.js';
import type { TrainOptions } from './train-options.js';
import type { TrainResult } from './train-result.js';
import { countLabels } from './training-batch.js';
import type { FinishedRun } from './training-run.js';
import { validateTrainingSet } from './training-set.js';

/**
 * Trains a model: batches of similar length, linear warm-up and decay, selection on dev. With a `directory` the run can
 * be stopped at any time, by its signal or by force, and the same call goes on with the same results.
 *
 * @throws HasheeError `INVALID_ARGUMENT` (options, data, a directory with another run, or where one is at work), `UNSUPPORTED` (a backend that can't
 * train), `ABORTED` (fields `step`, `steps`, `checkpoint`), `INVALID_CHECKPOINT`, `NOT_FOUND` (nothing to resume), `IO`,
 * `RUNTIME` (diverged), and what backend and evaluator throw
 */
export async function train(options: TrainOptions): Promise<TrainResult> {
  const { model, trainSet } = options;
  const recipe = resolveRecipe(options);
  validateTrainingSet(trainSet, model.config, recipe.labelsHead);
  const plan = planOf(options, recipe);
  if (plan.steps === 0) throw new HasheeError('INVALID_ARGUMENT', 'No training sequence has a label.');
  options.dev?.assertFits?.(headOf(recipe), options.metric);
  const teacher = new TeacherAnswers(options, recipe);
  return executeRun<TrainResult>({
    options,
    recipe,
    plan,
    identity: () => identityOf(options, recipe),
    assertSame: (directory) => teacher.assertSame(directory),
    learner: async (directory) => createLearner(await teacher.all(directory?.path), options, recipe),
    result: (finished) => resultOf(options, recipe, finished),
    save: options.save,
  });
}

/** Sequences without any label teach nothing and are left out. */
function planOf({ trainSet }: TrainOptions, recipe: Recipe): Plan {
  const useful = Int32Array.from(trainSet.keys()).filter((index) => {
    const { label } = trainSet[index];
    return typeof label === 'number' || countLabels(label) > 0;
  });
  return new Plan(
    useful,
    useful.map((index) => trainSet[index].inputIds.length),
    recipe,
  );
}

async function createLearner(
  teacher: readonly Float32Array[] | undefined,
  options: TrainOptions,
  recipe: Recipe,
): Promise<Learner> {
  throwIfAborted(options.signal, 'Training');
  const spec: TrainingSpec = {
    seed: recipe.seed,
    heads: recipe.heads,
    losses: recipe.losses,
    exitTable: options.exitTable,
    optimizer: options.optimizer,
    dropout: options.dropout,
    trainable: options.trainable,
    gradientEquilibrium: options.gradientEquilibrium,
  };
  return encoderLearner(await options.backend.createTrainer!(options.model, spec), options, recipe, teacher);
}

function resultOf(options: TrainOptions, recipe: Recipe, finished: FinishedRun): TrainResult {
  const { model } = options;
  const { step, weights, ...rest } = finished;
  const exitTable = options.exitTable === undefined ? model.exitTable : (options.exitTable ?? undefined);
  return {
    model: { config: model.config, heads: recipe.heads, exitTable, weights: new MemoryWeights(weights) },
    steps: step,
    ...rest,
  };
}

/** The head that dev judges. */
function headOf({ heads, head }: Recipe): HeadConfig {
  return heads.find(({ name }) => name === head)!;
}
