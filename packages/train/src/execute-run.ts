import { HasheeError, throwIfAborted } from '@hashee/core';
import { assertSameIdentity, type Identity } from './identity.js';
import type { Learner } from './learner.js';
import type { Plan } from './plan.js';
import { RunDirectory, type StoredRun } from './run-directory.js';
import type { RunOptions } from './run-options.js';
import type { RunRecipe } from './run-recipe.js';
import type { TrainEvent } from './train-event.js';
import { type FinishedRun, TrainingRun } from './training-run.js';

/** A run whose options are checked. */
export interface PreparedRun<Result> {
  readonly options: RunOptions;
  readonly recipe: RunRecipe;
  readonly plan: Plan;
  /** Asked where the run has a directory. */
  readonly identity: () => Promise<Identity>;
  /** Asked where there is a run to go on with: throws where it was begun with what an identity can't tell. */
  readonly assertSame?: ((directory: string) => Promise<void>) | undefined;
  /** What the loop trains. Made after the log has begun. */
  readonly learner: (directory: RunDirectory | undefined) => Promise<Learner>;
  readonly result: (finished: FinishedRun) => Result;
  readonly save?: ((result: Result) => Promise<void> | void) | undefined;
}

/** Runs what isn't done yet, in its directory where it has one. @throws HasheeError as `train` */
export async function executeRun<Result>(run: PreparedRun<Result>): Promise<Result> {
  const { directory: path, resume, signal } = run.options;
  throwIfAborted(signal, 'Training');
  if (resume === 'required' && (path === undefined || !(await RunDirectory.holdsRun(path))))
    throw new HasheeError('NOT_FOUND', `There is no run to resume in ${path ?? 'the directory, as none is given'}.`, {
      fields: { directory: path },
    });
  if (path === undefined) return executeIn(undefined, {}, run);
  if (resume !== 'restart') {
    const stored = await RunDirectory.readFinished(path);
    if (stored) return concludeStored(path, stored, await run.identity(), run);
  }
  const directory = await RunDirectory.open(path, resume === 'restart');
  try {
    return await executeIn(directory, await run.identity(), run);
  } finally {
    await directory.close();
  }
}

/** A run that has ended isn't repeated: what it left is its result. */
async function concludeStored<Result>(
  path: string,
  { state, best: weights }: StoredRun,
  identity: Identity,
  run: PreparedRun<Result>,
): Promise<Result> {
  assertSameIdentity(path, state.identity, identity);
  await run.assertSame?.(path);
  run.options.onEvent?.(startEvent(run, state.step));
  const { step, stopped, best, history, seconds } = state;
  return conclude({ step, stopped: stopped!, best: best!, history, seconds, weights }, run);
}

async function executeIn<Result>(
  directory: RunDirectory | undefined,
  identity: Identity,
  run: PreparedRun<Result>,
): Promise<Result> {
  const { options, recipe, plan } = run;
  const { signal, onEvent } = options;
  const stored = await directory?.load();
  if (stored && directory) {
    if (stored.state.stopped) return concludeStored(directory.path, stored, identity, run);
    assertSameIdentity(directory.path, stored.state.identity, identity);
    await run.assertSame?.(directory.path);
  }
  const emit = async (event: TrainEvent): Promise<void> => {
    await directory?.log(event);
    onEvent?.(event);
  };
  await directory?.rewindLog(stored?.state.logBytes ?? 0);
  await emit(startEvent(run, stored?.state.step ?? 0));
  const learner = await run.learner(directory);
  let finished: FinishedRun;
  try {
    throwIfAborted(signal, 'Training');
    if (stored) await learner.restore({ step: stored.state.step, tensors: stored.tensors });
    const parts = { options, recipe, plan, identity, learner, directory, stored, emit };
    finished = await new TrainingRun(parts).finish();
  } finally {
    await learner.dispose();
  }
  const { weights, ...state } = finished;
  const { step, stopped, best, seconds } = state;
  await directory?.log({ type: 'end', step, stopped, best, seconds } satisfies TrainEvent);
  await directory?.save({ version: 1, identity, ...state, lossSum: 0, lossCount: 0 }, new Map(), weights);
  return conclude(finished, run);
}

function startEvent<Result>({ options, recipe, plan }: PreparedRun<Result>, resumedFrom: number): TrainEvent {
  const { examples, steps } = plan;
  const { epochs, seed } = recipe;
  return { type: 'start', backend: options.backend.name, examples, epochs, steps, seed, resumedFrom };
}

async function conclude<Result>(finished: FinishedRun, run: PreparedRun<Result>): Promise<Result> {
  const { step, stopped, best, seconds } = finished;
  const result = run.result(finished);
  await run.save?.(result);
  run.options.onEvent?.({ type: 'end', step, stopped, best, seconds });
  return result;
}
