import { HasheeError } from '@hashee/core';
import type { ReadOptions } from '../data/read-options.js';
import { findLayout } from './find-layout.js';
import { findSplit, findTaskFolder, type Split } from './find-split.js';
import type { TaskDescription } from './task.js';
import { type KindOfTask, type TaskName, tasks } from './tasks.js';

/**
 * Where a split of a task is, such as `{directory}/sst-2/train.tsv`. The folder may be named as the task or as papers write it.
 * @param directory the folder that holds one folder a task
 * @throws HasheeError `INVALID_ARGUMENT` (unknown task), `NOT_FOUND`
 */
export async function findTaskFile(name: TaskName, split: Split, directory: string): Promise<string> {
  return findSplit(await findTaskFolder(directory, describedTask(name)), split);
}

/**
 * How `readDataset` and `streamDataset` have to read a file of a task: the columns of GLUE, ELUE or the publishers, whichever
 * the file has; cells quoted as in CSV or not; which rows are left out; the values of its labels.
 * @throws HasheeError `INVALID_ARGUMENT` (unknown task), `NOT_FOUND`, `IO`, `INVALID_DATA`, `ABORTED`
 */
export async function taskReadOptions<Name extends TaskName>(
  name: Name,
  file: string,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<ReadOptions<KindOfTask<Name>>> {
  const task = describedTask(name);
  const { columns, header, format } = await findLayout(file, task, signal);
  const { kind, labels, skipLabels } = task;
  return { kind, labels, skipLabels, quotes: 'auto', ...{ columns, header, format, signal } };
}

function describedTask<Name extends TaskName>(name: Name): TaskDescription<KindOfTask<Name>> {
  if (Object.hasOwn(tasks, name)) return tasks[name] as TaskDescription<KindOfTask<Name>>;
  throw new HasheeError(
    'INVALID_ARGUMENT',
    `Unknown task ${JSON.stringify(name)}. Known tasks: ${Object.keys(tasks).join(', ')}. Read other data with readDataset.`,
    { fields: { task: name, known: Object.keys(tasks) } },
  );
}
