import { HasheeError, type HeadConfig, type HeadTask, type LossTerm } from '@hashee/core';
import { type RunRecipe, refuse, resolveRun } from './run-recipe.js';
import type { TrainOptions } from './train-options.js';

/** The options with all defaults, checked. */
export interface Recipe extends RunRecipe {
  readonly heads: readonly HeadConfig[];
  readonly losses: readonly LossTerm[];
  /** Of the heads that labels train. */
  readonly task: HeadTask;
  /** One of those heads. */
  readonly labelsHead: HeadConfig;
  readonly head: string;
}

/** Name of the teacher's logits among the targets. */
export const TEACHER = 'teacher';

/** @throws HasheeError `INVALID_ARGUMENT` naming the option, `UNSUPPORTED` for a backend that can't train */
export function resolveRecipe(options: TrainOptions): Recipe {
  const { backend, model, teacher } = options;
  if (!backend.capabilities.training || !backend.createTrainer)
    throw new HasheeError('UNSUPPORTED', `The runtime ${backend.name} can't train. Use one that can.`, {
      fields: { backend: backend.name },
    });
  const heads = options.heads ?? model.heads;
  if (heads.length === 0)
    refuse(
      'heads',
      'at least one head, as the model has none: for example [mainHead(model.config, task, labels)]',
      heads,
    );
  const losses = options.losses ?? defaultLosses(heads, teacher !== undefined);
  const headOf = (name: string): HeadConfig =>
    heads.find((candidate) => candidate.name === name) ??
    refuse('losses', `terms of the heads ${heads.map((candidate) => candidate.name).join(', ')}`, name);
  const known = ['labels', ...(teacher ? [TEACHER] : []), ...(options.targets?.names ?? [])];
  for (const { head, target = 'labels' } of losses) {
    headOf(head);
    if (!known.includes(target))
      refuse(
        'losses',
        `the targets ${known.map((name) => `"${name}"`).join(', ')}${teacher ? '' : ' (and "teacher", where one is given)'}`,
        target,
      );
  }
  if (losses.length === 0) refuse('losses', 'at least one term', losses);
  if (teacher && !losses.some(({ target }) => target === TEACHER))
    refuse('losses', 'a term with the target "teacher", as a teacher is given', losses);
  const main = headOf(options.head ?? (heads.some(({ name }) => name === 'main') ? 'main' : heads[0].name));
  // Heads that labels, or a teacher's answers to the same question, train. An uncertainty's labels are those of its subject.
  const labelled = losses
    .filter(({ target = 'labels' }) => target === 'labels' || target === TEACHER)
    .map(({ head, kind, of }) => headOf(kind === 'uncertainty' ? (of ?? head) : head));
  const tasks = new Set(labelled.map(({ task }) => task));
  if (tasks.size > 1) refuse('losses', 'heads of one task', [...tasks]);
  const labelsHead = labelled[0] ?? main;

  return {
    heads,
    losses,
    task: labelsHead.task,
    labelsHead,
    head: main.name,
    ...resolveRun(options),
  };
}

function defaultLosses(heads: readonly HeadConfig[], withTeacher: boolean): LossTerm[] {
  return heads.flatMap(({ name, task }): LossTerm[] => {
    const labels: LossTerm = { head: name, kind: task === 'regression' ? 'mse' : 'cross-entropy' };
    if (!withTeacher) return [labels];
    const agreement: LossTerm =
      task === 'regression'
        ? { head: name, kind: 'mse', target: TEACHER, weight: 0.5 }
        : { head: name, kind: 'distillation', target: TEACHER, weight: 0.5, temperature: 2 };
    return [{ ...labels, weight: 0.5 }, agreement];
  });
}
