import { HasheeError } from '@hashee/core';
import { copyWeights } from './copy-weights.js';
import type { DevEvaluation } from './dev-evaluator.js';
import type { Identity } from './identity.js';
import type { Learner } from './learner.js';
import { learningRateAt } from './learning-rate.js';
import type { Plan } from './plan.js';
import type { RunDirectory, StoredRun, Tensors } from './run-directory.js';
import type { RunOptions } from './run-options.js';
import type { RunRecipe } from './run-recipe.js';
import type { Ending, EvaluationRecord, Selection, TrainEvent } from './train-event.js';

export interface RunParts {
  readonly options: RunOptions;
  readonly recipe: RunRecipe;
  readonly plan: Plan;
  readonly identity: Identity;
  readonly learner: Learner;
  readonly directory: RunDirectory | undefined;
  readonly stored: StoredRun | undefined;
  readonly emit: (event: TrainEvent) => Promise<void>;
}

/** What a finished run leaves. */
export interface FinishedRun {
  readonly step: number;
  readonly stopped: Ending;
  readonly best: Selection;
  readonly weights: Tensors;
  readonly history: readonly EvaluationRecord[];
  readonly seconds: number;
}

/** One run from its present state to its end: updates, evaluations, checkpoints. */
export class TrainingRun {
  readonly #parts: RunParts;
  readonly #history: EvaluationRecord[];
  readonly #firstStep: number;
  readonly #secondsBefore: number;
  readonly #started: number = performance.now();
  #step: number;
  #best: Selection | undefined;
  #weights: Tensors;
  #lossSum: number;
  #lossCount: number;
  /** Of the last checkpoint: updates and evaluations done. */
  #saved = '';

  constructor(parts: RunParts) {
    this.#parts = parts;
    const state = parts.stored?.state;
    this.#history = [...(state?.history ?? [])];
    this.#step = state?.step ?? 0;
    this.#firstStep = this.#step;
    this.#best = state?.best;
    this.#weights = parts.stored?.best ?? new Map();
    this.#lossSum = state?.lossSum ?? 0;
    this.#lossCount = state?.lossCount ?? 0;
    this.#secondsBefore = state?.seconds ?? 0;
    if (state) this.#saved = this.#position();
  }

  /** @throws HasheeError `ABORTED` after the checkpoint was written, and what trainer and evaluator throw */
  async finish(): Promise<FinishedRun> {
    const { plan, options } = this.#parts;
    while (true) {
      if (plan.evaluatesAt(this.#step) && this.#history.at(-1)?.step !== this.#step) await this.#evaluate();
      if (this.#step === plan.steps || this.#outOfPatience()) break;
      if (plan.savesAt(this.#step)) await this.#save();
      if (options.signal?.aborted) await this.#abort();
      await this.#update();
    }
    if (!this.#best) {
      this.#best = { step: this.#step, epoch: this.#epoch(), metrics: {} };
      this.#weights = await copyWeights(this.#parts.learner.weights());
    }
    return {
      step: this.#step,
      stopped: this.#step === plan.steps ? 'epochs' : 'patience',
      best: this.#best,
      weights: this.#weights,
      history: this.#history,
      seconds: this.#seconds(),
    };
  }

  async #update(): Promise<void> {
    const { plan, recipe, learner, emit } = this.#parts;
    const { loss, terms } = await learner.accumulate(plan.batchesAfter(this.#step), this.#step);
    if (!Number.isFinite(loss))
      throw new HasheeError(
        'RUNTIME',
        `The loss of update ${this.#step + 1} is ${loss}: training diverged. Lower the learning rate (now ${recipe.learningRate}).`,
        { fields: { step: this.#step + 1, loss, learningRate: recipe.learningRate } },
      );
    const learningRate = learningRateAt(this.#step + 1, { ...recipe, steps: plan.steps });
    const { gradientNorm } = await learner.update({ learningRate });
    this.#step++;
    this.#lossSum += loss;
    this.#lossCount++;
    const pace = (performance.now() - this.#started) / 1000 / (this.#step - this.#firstStep);
    await emit({
      type: 'step',
      step: this.#step,
      steps: plan.steps,
      epoch: this.#epoch(),
      loss,
      terms,
      learningRate,
      gradientNorm,
      seconds: this.#seconds(),
      remainingSeconds: pace * (plan.steps - this.#step),
    });
  }

  async #evaluate(): Promise<void> {
    const { options, learner, emit } = this.#parts;
    if (!learner.evaluate) return;
    const started = performance.now();
    let evaluation: DevEvaluation;
    try {
      evaluation = await learner.evaluate(options.signal);
    } catch (error) {
      if (options.signal?.aborted && HasheeError.isInstance(error, 'ABORTED')) return await this.#abort();
      throw error;
    }
    const at = { step: this.#step, epoch: this.#epoch() };
    const { metrics } = evaluation;
    const score = selectScore(evaluation, options.metric);
    this.#history.push({ ...at, metrics, score, loss: this.#lossSum / this.#lossCount });
    this.#lossSum = 0;
    this.#lossCount = 0;
    await emit({
      type: 'evaluation',
      ...(this.#history.at(-1) as EvaluationRecord),
      seconds: (performance.now() - started) / 1000,
    });
    if (this.#best?.score !== undefined && score <= this.#best.score) return;
    this.#best = { ...at, score, metrics };
    this.#weights = await copyWeights(learner.weights());
    await emit({ type: 'best', ...at, score, metrics });
  }

  async #save(): Promise<void> {
    const { directory, learner, identity, emit } = this.#parts;
    if (!directory || this.#saved === this.#position()) return;
    await directory.save(
      {
        version: 1,
        identity,
        step: this.#step,
        history: this.#history,
        best: this.#best,
        lossSum: this.#lossSum,
        lossCount: this.#lossCount,
        seconds: this.#seconds(),
      },
      learner.state().tensors,
      this.#weights,
    );
    this.#saved = this.#position();
    await emit({ type: 'checkpoint', step: this.#step, path: directory.checkpointPath });
  }

  /** Never returns. */
  async #abort(): Promise<never> {
    const { options, directory, plan } = this.#parts;
    if (this.#step > 0) await this.#save();
    const checkpoint = this.#saved === '' ? undefined : directory?.checkpointPath;
    throw new HasheeError(
      'ABORTED',
      `Training was stopped after ${this.#step} of ${plan.steps} updates. ${
        checkpoint
          ? `Its state is in ${checkpoint}; the same call goes on from there.`
          : 'Nothing was kept; give a directory to be able to go on.'
      }`,
      {
        fields: { step: this.#step, steps: plan.steps, directory: directory?.path, checkpoint },
        cause: options.signal?.reason,
      },
    );
  }

  #outOfPatience(): boolean {
    const { patience } = this.#parts.recipe;
    if (patience === undefined || !this.#best) return false;
    const sinceBest = this.#history.filter(({ step }) => step > (this.#best as Selection).step).length;
    return sinceBest >= patience;
  }

  #position(): string {
    return `${this.#step} ${this.#history.length}`;
  }

  #epoch(): number {
    return this.#step / this.#parts.plan.stepsPerEpoch;
  }

  #seconds(): number {
    return this.#secondsBefore + (performance.now() - this.#started) / 1000;
  }
}

function selectScore({ metrics, score }: DevEvaluation, metric: string | undefined): number {
  const chosen = metric === undefined ? score : Object.hasOwn(metrics, metric) ? metrics[metric] : undefined;
  if (chosen === undefined || ![chosen, ...Object.values(metrics)].every(Number.isFinite))
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `The evaluator must give a finite ${metric ?? 'score'} and metrics; it gave ${JSON.stringify({ score, ...metrics })}.`,
      { fields: { metric: metric ?? 'score', metrics } },
    );
  return chosen;
}
