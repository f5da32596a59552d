import { HasheeError, type HeadConfig, MemoryWeights, type TrainingSpec, throwIfAborted } from '@hashee/core';
import { digestSequences } from './digest.js';
import { assertSameIdentity, type Identity, identityOf } from './identity.js';
import { Plan } from './plan.js';
import { type Recipe, resolveRecipe } from './recipe.js';
import { RunDirectory } from './run-directory.js';
import { assertTeacherFits, teacherLogits, validateTeacherLogits } from './teacher-logits.js';
import type { TrainEvent } from './train-event.js';
import type { TrainOptions } from './train-options.js';
import type { TrainResult } from './train-result.js';
import { type FinishedRun, TrainingRun } from './training-run.js';
import { validateTrainingSet } from './training-set.js';

/**
 * Trains a model: batches of similar length, linear warm-up and decay, selection on dev. With a `directory` the run can
 * be stopped at any time, by its signal or by force, and the same call goes on with the same results.
 *
 * @throws HasheeError `INVALID_ARGUMENT` (options, data, a directory with another run), `UNSUPPORTED` (a backend that can't
 * train), `ABORTED` (fields `step`, `steps`, `checkpoint`), `INVALID_CHECKPOINT`, `NOT_FOUND` (nothing to resume), `IO`,
 * `RUNTIME` (diverged), and what backend and evaluator throw
 */
export async function train(options: TrainOptions): Promise<TrainResult> {
  const recipe = resolveRecipe(options);
  validateTrainingSet(options.trainSet, options.model.config, recipe.labelsHead);
  const plan = new Plan(options.trainSet, recipe);
  if (plan.steps === 0) throw new HasheeError('INVALID_ARGUMENT', 'No training sequence has a label.');
  options.dev?.assertFits?.(headOf(recipe), options.metric);
  throwIfAborted(options.signal, 'Training');
  const { directory: path, resume } = options;
  if (resume === 'required' && (path === undefined || !(await RunDirectory.holdsRun(path))))
    throw new HasheeError('NOT_FOUND', `There is no run to resume in ${path ?? 'the directory, as none is given'}.`, {
      fields: { directory: path },
    });
  if (path === undefined) return trainIn(undefined, {}, options, recipe, plan);
  const directory = await RunDirectory.open(path, resume === 'restart');
  try {
    const identity = await identityOf(options, recipe);
    return await trainIn(directory, identity, options, recipe, plan);
  } finally {
    await directory.close();
  }
}

async function trainIn(
  directory: RunDirectory | undefined,
  identity: Identity,
  options: TrainOptions,
  recipe: Recipe,
  plan: Plan,
): Promise<TrainResult> {
  const { backend, model, signal, onEvent } = options;
  const stored = await directory?.load();
  if (stored && directory) assertSameIdentity(directory.path, stored.state.identity, identity);
  const emit = async (event: TrainEvent): Promise<void> => {
    await directory?.log(event);
    onEvent?.(event);
  };
  const start: TrainEvent = {
    type: 'start',
    backend: backend.name,
    examples: plan.examples,
    epochs: recipe.epochs,
    steps: plan.steps,
    seed: recipe.seed,
    resumedFrom: stored?.state.step ?? 0,
  };
  if (stored?.state.stopped) {
    onEvent?.(start);
    const { step, stopped, best, history, seconds } = stored.state;
    return conclude({ step, stopped, best: best!, history, seconds, weights: stored.best });
  }

  await directory?.rewindLog(stored?.state.logBytes ?? 0);
  await emit(start);
  const teacher = await askTeacher(directory, options, recipe);
  throwIfAborted(signal, 'Training');
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
  const trainer = await backend.createTrainer!(model, spec);
  let finished: FinishedRun;
  try {
    if (stored) await trainer.restore({ step: stored.state.step, tensors: stored.tensors });
    const parts = { options, recipe, plan, identity, trainer, teacher, directory, stored, emit };
    finished = await new TrainingRun(parts).finish();
  } finally {
    await trainer.dispose();
  }
  const { weights, ...state } = finished;
  const end: TrainEvent = {
    type: 'end',
    step: state.step,
    stopped: state.stopped,
    best: state.best,
    seconds: state.seconds,
  };
  await directory?.log(end);
  await directory?.save({ version: 1, identity, ...state, lossSum: 0, lossCount: 0 }, new Map(), weights);
  return conclude(finished);

  async function conclude(run: FinishedRun): Promise<TrainResult> {
    const { step, stopped, best, history, seconds } = run;
    const exitTable = options.exitTable === undefined ? model.exitTable : (options.exitTable ?? undefined);
    const result: TrainResult = {
      model: { config: model.config, heads: recipe.heads, exitTable, weights: new MemoryWeights(run.weights) },
      best,
      history,
      steps: step,
      stopped,
      seconds,
    };
    await options.save?.(result);
    onEvent?.({ type: 'end', step, stopped, best, seconds });
    return result;
  }
}

/** The teacher's logits, by index of the training sequence; a resumed run goes on with those of its beginning. */
async function askTeacher(
  directory: RunDirectory | undefined,
  { teacher, trainSet, signal, onEvent }: TrainOptions,
  recipe: Recipe,
): Promise<readonly Float32Array[] | undefined> {
  if (!teacher) return undefined;
  let logits: readonly Float32Array[];
  if ('forward' in teacher) {
    assertTeacherFits(teacher, recipe.labelsHead);
    const digest = digestSequences(trainSet);
    const known = await directory?.loadTeacher(digest, trainSet.length);
    const onProgress = (done: number, total: number): void => onEvent?.({ type: 'teacher', done, total });
    logits = known ?? (await teacherLogits(teacher, trainSet, { signal, onProgress }));
    if (!known) await directory?.saveTeacher(digest, logits);
  } else logits = teacher;
  validateTeacherLogits(logits, trainSet, recipe.labelsHead);
  return logits;
}

/** The head that dev judges. */
function headOf({ heads, head }: Recipe): HeadConfig {
  return heads.find(({ name }) => name === head)!;
}
