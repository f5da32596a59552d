import { createHash } from 'node:crypto';
import { HasheeError, type Tokenizer, throwIfAborted } from '@hashee/core';
import { type Dataset, type EncodedDataset, encodeDataset, loadTask, tasks } from '@hashee/eval';
import type { Grid, GridTask } from '../grid/grid.js';
import { asTaskName } from '../grid/grid-schema.js';

type TaskDataset = Dataset<'sequence-classification' | 'regression'>;

/** How the data has to lie, for errors. */
export const WHERE_DATA =
  '--data, or the variable HASHEE_DATA, names the folder that holds one folder a task, such as sst-2 with train.tsv and dev.tsv; docs/reproduce-the-comparison.md says where they come from.';

/** The texts of a task, as many as the grid takes. */
export interface TaskTexts {
  readonly train: TaskDataset;
  readonly dev: TaskDataset;
  readonly maxLength: number;
  /** Of texts, labels and length. */
  readonly digest: string;
}

/** A task ready for training. */
export interface TaskData {
  readonly train: EncodedDataset;
  readonly dev: EncodedDataset;
}

/** @throws HasheeError as `loadTask` */
export async function readTexts(
  task: GridTask,
  { limits }: Grid,
  directory: string,
  signal?: AbortSignal,
): Promise<TaskTexts> {
  throwIfAborted(signal, 'Reading data');
  const name = asTaskName(task.name);
  const loaded = await loadTask(name, { directory, signal }).catch((cause: unknown) => {
    if (!HasheeError.isInstance(cause, 'NOT_FOUND')) throw cause;
    throw new HasheeError('NOT_FOUND', `${cause.message} ${WHERE_DATA}`, { fields: cause.fields, cause });
  });
  const train = sample(loaded.train as unknown as TaskDataset, task.train ?? limits.train);
  const dev = sample(loaded.dev as unknown as TaskDataset, task.dev ?? limits.dev);
  const maxLength = task.maxLength ?? tasks[name].maxLength;
  const digest = createHash('sha256')
    .update(JSON.stringify([task.name, maxLength, train.labels, train.examples, dev.examples]))
    .digest('hex');
  return { train, dev, maxLength, digest };
}

/** @throws HasheeError as `encodeDataset` */
export async function encodeTexts(
  { train, dev, maxLength }: TaskTexts,
  tokenizer: Tokenizer,
  signal?: AbortSignal,
): Promise<TaskData> {
  const options = { maxLength, signal };
  return { train: await encodeDataset(train, tokenizer, options), dev: await encodeDataset(dev, tokenizer, options) };
}

/** Lengths in tokens, guessed from the words: good enough to estimate time by. */
export function guessedLengths({ examples }: TaskDataset, maxLength: number): number[] {
  return examples.map(({ text }) => {
    const words = (typeof text === 'string' ? text : text.join(' ')).split(' ').length;
    return Math.min(maxLength, Math.ceil(words * 1.2) + (typeof text === 'string' ? 2 : 3));
  });
}

/** Evenly from the whole: files may be sorted. */
export function evenly<T>(values: readonly T[], limit: number | undefined): T[] {
  if (limit === undefined || values.length <= limit) return [...values];
  return Array.from({ length: limit }, (_, index) => values[Math.floor((index * values.length) / limit)]);
}

function sample(dataset: TaskDataset, limit: number | undefined): TaskDataset {
  return { ...dataset, examples: evenly(dataset.examples, limit) };
}
