import { HasheeError, type HeadTask } from '@hashee/core';
import { accuracy } from './accuracy.js';
import { pearson, spearman } from './correlation.js';
import { entityF1 } from './entity-f1.js';
import { f1, macroF1 } from './f1.js';
import { matthews } from './matthews.js';

/** What a model answered and what it should have, in the form every metric can be computed from. */
export interface Judged {
  /** Class index, number, or class indices of the judged tokens of a sentence; one entry an example. */
  readonly predictions: readonly (number | readonly number[])[];
  readonly targets: readonly (number | readonly number[])[];
  /** Names of the classes. */
  readonly labels: readonly string[];
}

/** A number that says how good predictions are; more is better. */
export interface Metric {
  readonly name: string;
  /** The tasks it makes sense for. */
  readonly tasks: readonly HeadTask[];
  compute(judged: Judged): number;
}

type Compare = (predictions: readonly number[], targets: readonly number[]) => number;

/** For token classification all judged tokens count alike. */
const flat =
  (compare: Compare) =>
  ({ predictions, targets }: Judged): number =>
    compare(predictions.flat(), targets.flat());

const named = ({ labels }: Judged, indices: number | readonly number[]): string[] =>
  (indices as readonly number[]).map((index) => labels[index]);

const CLASSES: readonly HeadTask[] = ['sequence-classification', 'token-classification'];

export type MetricName = 'accuracy' | 'f1' | 'macroF1' | 'matthews' | 'pearson' | 'spearman' | 'entityF1';

/** The metrics known by name. `f1` is that of class 1, or of the second label. */
export const metrics: Readonly<Record<MetricName, Metric>> = {
  accuracy: { name: 'accuracy', tasks: CLASSES, compute: flat(accuracy) },
  f1: { name: 'f1', tasks: ['sequence-classification'], compute: flat((p, t) => f1(p, t)) },
  macroF1: { name: 'macroF1', tasks: CLASSES, compute: flat(macroF1) },
  matthews: { name: 'matthews', tasks: CLASSES, compute: flat(matthews) },
  pearson: { name: 'pearson', tasks: ['regression'], compute: flat(pearson) },
  spearman: { name: 'spearman', tasks: ['regression'], compute: flat(spearman) },
  entityF1: {
    name: 'entityF1',
    tasks: ['token-classification'],
    compute: (judged) =>
      entityF1(
        judged.predictions.map((indices) => named(judged, indices)),
        judged.targets.map((indices) => named(judged, indices)),
      ),
  },
};

/** The usual metrics of a task: accuracy; Pearson and Spearman; entity F1, or accuracy where the labels aren't BIO tags. */
export function defaultMetrics(task: HeadTask, labels: readonly string[]): readonly MetricName[] {
  if (task === 'regression') return ['pearson', 'spearman'];
  if (task === 'token-classification' && labels.every((label) => label === 'O' || /^[BI]-./s.test(label)))
    return ['entityF1'];
  return ['accuracy'];
}

/** @throws HasheeError `INVALID_ARGUMENT` for an unknown metric, or one of another task */
export function resolveMetrics(chosen: readonly (MetricName | Metric)[], task: HeadTask): readonly Metric[] {
  return chosen.map((metric) => {
    const found = typeof metric !== 'string' ? metric : Object.hasOwn(metrics, metric) ? metrics[metric] : undefined;
    if (!found)
      throw new HasheeError(
        'INVALID_ARGUMENT',
        `Unknown metric ${JSON.stringify(metric)}. Known metrics: ${Object.keys(metrics).join(', ')}.`,
        { fields: { metric, known: Object.keys(metrics) } },
      );
    if (!found.tasks.includes(task))
      throw new HasheeError(
        'INVALID_ARGUMENT',
        `The metric ${found.name} is for ${found.tasks.join(', ')}, not ${task}.`,
        {
          fields: { metric: found.name, tasks: found.tasks, task },
        },
      );
    return found;
  });
}
