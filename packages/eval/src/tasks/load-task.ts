import { HasheeError } from '@hashee/core';
import type { DataKind, Dataset } from '../data/example.js';
import { readDataset } from '../data/read-dataset.js';
import type { Split } from './find-split.js';
import type { TaskDescription } from './task.js';
import { findTaskFile, taskReadOptions } from './task-file.js';
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
 * Reads the train and dev set of a task from its folder, such as `{directory}/sst-2/train.tsv`.
 * @throws HasheeError as `loadSplit`
 */
export async function loadTask<Name extends TaskName>(
  name: Name,
  options: LoadTaskOptions = {},
): Promise<LoadedTask<KindOfTask<Name>>> {
  const train = await loadSplit(name, 'train', options);
  const dev = await loadSplit(name, 'dev', options);
  return { task: tasks[name] as TaskDescription<KindOfTask<Name>>, train, dev };
}

/**
 * Reads one split of a task. Its folder may be named as the task or as papers write it, and the file may be laid out as in
 * GLUE (`Quality`, `#1 String`; `score` behind other columns), as in ELUE (`test_full.tsv`, cells quoted as in CSV), or as
 * its publishers have it (SNLI's and SciTail's TSV and JSON lines, WNUT-17's CoNLL files).
 * @throws HasheeError `INVALID_ARGUMENT` (unknown task, no directory), `NOT_FOUND`, `INVALID_DATA`, `ABORTED`
 */
export async function loadSplit<Name extends TaskName>(
  name: Name,
  split: Split,
  options: LoadTaskOptions = {},
): Promise<Dataset<KindOfTask<Name>>> {
  const directory = options.directory ?? process.env.HASHEE_DATA;
  if (!directory)
    throw new HasheeError(
      'INVALID_ARGUMENT',
      'Where is the data? Give the option directory, or set the environment variable HASHEE_DATA to the folder that holds one folder a task.',
      { fields: { task: name } },
    );
  const file = await findTaskFile(name, split, directory);
  return readDataset<KindOfTask<Name>>(file, await taskReadOptions(name, file, options));
}
