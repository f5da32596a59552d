import { join } from 'node:path';
import type { Checkpoint, Encoder, HeadConfig, LossTerm } from '@hashee/core';
import { evaluator } from '@hashee/eval';
import { type BatchTargets, type LayerChoice, train } from '@hashee/train';
import type { RecipeOptions, TrainContext } from '../method.js';
import { exitsEvaluator } from './exits-evaluator.js';
import { stageOptions } from './stage-options.js';

/** One run of the training loop: a recipe as data. */
export interface Stage {
  /** Name of its folder. */
  readonly name: string;
  readonly model: Checkpoint;
  readonly heads: readonly HeadConfig[];
  readonly losses: readonly LossTerm[];
  /** Canonical names, or prefixes ending in a dot. @default all */
  readonly trainable?: readonly string[] | undefined;
  /**
   * Runs the encoder without dropout, for stages in which it is frozen: what the heads learn from isn't noisy then.
   * @default false
   */
  readonly quietEncoder?: boolean | undefined;
  readonly teacher?: Encoder | undefined;
  /** See `TrainOptions` of `@hashee/train`. */
  readonly teacherFingerprint?: string | undefined;
  readonly targets?: BatchTargets | undefined;
  readonly layers?: LayerChoice | undefined;
  readonly gradientEquilibrium?: boolean | undefined;
  readonly exitTable?: Checkpoint['exitTable'] | null | undefined;
  /** Heads that dev judges: their mean selects the weights. `none` keeps the last ones. @default `main` */
  readonly judged?: readonly string[] | 'none' | undefined;
  /** In place of the context's, for sequences with exit layers of their own. */
  readonly data?: Pick<TrainContext, 'trainSet' | 'dev'> | undefined;
  /** Times the epochs of the context's recipe. @default 1 */
  readonly epochs?: number | undefined;
  /** Times the learning rate of the context's recipe. @default 1 */
  readonly learningRate?: number | undefined;
}

/** @returns the model with its heads, and its dropout as it was */
export async function trainStage(context: TrainContext, stage: Stage): Promise<Checkpoint> {
  const { backend, metrics, seed, signal, onEvent } = context;
  const { trainSet, dev } = stage.data ?? context;
  const recipe = recipeOf(context, stage);
  const { dropout, evaluateEvery } = recipe;
  const quiet = { ...stage.model.config.dropout, hidden: 0, attention: 0 };
  const heads =
    stage.quietEncoder && dropout !== undefined ? stage.heads.map((head) => ({ ...head, dropout })) : stage.heads;
  const judge = evaluator(dev, metrics ? { metrics } : {});
  const { judged = ['main'] } = stage;
  const { model } = await train({
    ...recipe,
    evaluateEvery: evaluateEvery === 'never' ? undefined : evaluateEvery,
    dropout: stage.quietEncoder ? undefined : dropout,
    backend,
    model: stage.quietEncoder ? { ...stage.model, config: { ...stage.model.config, dropout: quiet } } : stage.model,
    heads,
    losses: stage.losses,
    exitTable: stage.exitTable ?? null,
    trainable: stage.trainable,
    teacher: stage.teacher,
    teacherFingerprint: stage.teacherFingerprint,
    targets: stage.targets,
    layers: stage.layers,
    gradientEquilibrium: stage.gradientEquilibrium,
    trainSet,
    ...(judged === 'none' || evaluateEvery === 'never'
      ? {}
      : { dev: judged.join() === 'main' ? judge : exitsEvaluator(judge, dev, judged, metrics) }),
    seed,
    directory: join(context.directory, stage.name),
    signal,
    onEvent: (event) => onEvent?.({ stage: stage.name, event }),
  });
  return { ...model, config: stage.model.config, heads: stage.heads };
}

function recipeOf(context: TrainContext, stage: Stage): RecipeOptions {
  const { epochs = 4, learningRate = 5e-5, ...common } = context.recipe ?? {};
  const relative = {
    ...common,
    epochs: Math.max(1, Math.round(epochs * (stage.epochs ?? 1))),
    learningRate: learningRate * (stage.learningRate ?? 1),
  };
  return { ...relative, ...stageOptions(context, stage.name) };
}
