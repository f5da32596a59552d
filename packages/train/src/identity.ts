import { HasheeError } from '@hashee/core';
import { digestModel, digestRows, digestSequences, digestTable } from './digest.js';
import type { Recipe } from './recipe.js';
import type { TrainOptions } from './train-options.js';

/** Everything that the results of a run depend on, as plain JSON by the name of the option. */
export type Identity = Readonly<Record<string, unknown>>;

const LONGEST_VALUE = 60;
/** Options that both sides have to know before they can differ: who doesn't know the teacher compares its answers. */
const IF_KNOWN: readonly string[] = ['teacherFingerprint'];

/** Digests stand for data and weights. */
export async function identityOf(options: TrainOptions, recipe: Recipe): Promise<Identity> {
  const { backend, model, trainSet, dev, teacher, metric, optimizer, dropout, trainable } = options;
  const exitTable = options.exitTable === undefined ? model.exitTable : options.exitTable;
  const { task: _task, labelsHead: _labelsHead, checkpointEvery: _checkpointEvery, ...settings } = recipe;
  const identity = {
    backend: backend.name,
    model: await digestModel(model),
    trainSet: digestSequences(trainSet),
    dev: dev?.fingerprint ?? null,
    metric: metric ?? null,
    exitTable: exitTable ? digestTable(exitTable) : null,
    teacher: teacher === undefined ? null : 'forward' in teacher ? 'a model' : digestRows(teacher),
    // Absent where it isn't known.
    teacherFingerprint: teacher && 'forward' in teacher ? options.teacherFingerprint : undefined,
    optimizer: optimizer ?? null,
    dropout: dropout ?? null,
    trainable: trainable ?? null,
    // Absent where they aren't used.
    targets: options.targets?.fingerprint,
    layers: options.layers?.fingerprint,
    gradientEquilibrium: options.gradientEquilibrium || undefined,
    ...settings,
    patience: settings.patience ?? null,
  };
  return JSON.parse(JSON.stringify(identity)) as Identity;
}

/**
 * @throws HasheeError `INVALID_ARGUMENT` that names each option in which a run differs from the one to be resumed, with
 * both values
 */
export function assertSameIdentity(directory: string, stored: Identity, present: Identity): void {
  const names = [...new Set([...Object.keys(stored), ...Object.keys(present)])];
  const differences = names
    .map((option) => ({ option, was: stored[option], is: present[option] }))
    .filter(({ option, was, is }) => !(IF_KNOWN.includes(option) && (was === undefined || is === undefined)))
    .filter(({ was, is }) => JSON.stringify(sorted(was)) !== JSON.stringify(sorted(is)));
  if (differences.length > 0) throw otherRun(directory, differences);
}

/** The error of a run that can't be resumed, as it was begun with something else. */
export function otherRun(
  directory: string,
  differences: readonly { readonly option: string; readonly was: unknown; readonly is: unknown }[],
): HasheeError {
  const listed = differences.map(({ option, was, is }) => `${option} (was ${brief(was)}, is ${brief(is)})`);
  return new HasheeError(
    'INVALID_ARGUMENT',
    `The run in ${directory} can't be resumed, as it differs in ${listed.join(', ')}. Use the same options and data, another directory, or resume: 'restart' to forget that run.`,
    { fields: { directory, differences } },
  );
}

/** The order of keys carries no meaning. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => [key, sorted(inner)]);
}

function brief(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  if (/^"[0-9a-f]{64}"$/.test(text)) return `${text.slice(1, 9)}…`;
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
}
