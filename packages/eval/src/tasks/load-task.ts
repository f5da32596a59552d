import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { HasheeError } from '@hashee/core';
import type { DataKind, Dataset } from '../data/example.js';
import { readDataset } from '../data/read-dataset.js';
import type { TaskDescription } from './task.js';
import { type KindOfTask, type TaskName, tasks } from './tasks.js';

export interface LoadTaskOptions {
  /** The folder that holds one folder a task. @default the environment variable HASHEE_DATA */
  readonly directory?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A task with its examples. */
export interface LoadedTask<Kind extends DataKind = DataKind> {
  readonly task: TaskDescription<Kind>;
  readonly train: Dataset<Kind>;
  readonly dev: Dataset<Kind>;
}

/**
 * Reads `{directory}/{name}/train.tsv` and `dev.tsv`.
 * @throws HasheeError `INVALID_ARGUMENT` (unknown task, no directory), `NOT_FOUND`, `INVALID_DATA`, `ABORTED`
 */
export async function loadTask<Name extends TaskName>(
  name: Name,
  options: LoadTaskOptions = {},
): Promise<LoadedTask<KindOfTask<Name>>> {
  if (!Object.hasOwn(tasks, name))
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `Unknown task ${JSON.stringify(name)}. Known tasks: ${Object.keys(tasks).join(', ')}. Read other data with readDataset.`,
      { fields: { task: name, known: Object.keys(tasks) } },
    );
  const task = tasks[name] as TaskDescription<KindOfTask<Name>>;
  const directory = options.directory ?? process.env.HASHEE_DATA;
  if (!directory)
    throw new HasheeError(
      'INVALID_ARGUMENT',
      'Where is the data? Give the option directory, or set the environment variable HASHEE_DATA to the folder that holds one folder a task.',
      { fields: { task: name } },
    );
  const folder = join(directory, name);
  if (!(await stat(folder).catch(() => undefined))?.isDirectory())
    throw new HasheeError('NOT_FOUND', `The data folder ${directory} has no folder "${name}".`, {
      fields: { task: name, directory },
    });
  const read = (split: string): Promise<Dataset<KindOfTask<Name>>> =>
    readDataset<KindOfTask<Name>>(join(folder, `${split}.tsv`), {
      kind: task.kind,
      columns: task.columns,
      labels: task.labels,
      signal: options.signal,
    });
  return { task, train: await read('train'), dev: await read('dev') };
}
