import { HasheeError, type HeadTask } from '@hashee/core';
import type { Dataset, TaskName } from '@hashee/eval';
import type { Context } from '../context.js';
import type { DataOptions } from './data-options.js';
import { fileOptions } from './file-options.js';
import { nameColumnOption } from './name-column-option.js';
import type { DataReading } from './read-options.js';

/**
 * The file of one part of the data: given, or the task's, by whichever of its names it is there.
 * @throws HasheeError `INVALID_ARGUMENT` where there is neither, or the task is unknown; `NOT_FOUND`
 */
export async function splitFile(
  split: 'train' | 'dev',
  file: string | undefined,
  options: DataOptions,
  { env }: Context,
): Promise<string> {
  if (file !== undefined) return file;
  if (options.task === undefined)
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `Which data? Give --${split} <file>, or --task <name> and --data <folder>.`,
    );
  const folder = options.data ?? env['HASHEE_DATA'];
  if (!folder)
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `Where is the data of ${options.task}? Give --data <folder>, or set HASHEE_DATA to the folder that holds one folder a task.`,
    );
  const { findTaskFile, tasks } = await import('@hashee/eval');
  if (!Object.hasOwn(tasks, options.task))
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `Unknown task "${options.task}". Tasks: ${Object.keys(tasks).join(', ')}. For other data give files and --kind.`,
      { fields: { task: options.task } },
    );
  return findTaskFile(options.task as TaskName, split, folder);
}

/**
 * Reads labelled examples.
 * @param labels in place of the reading's: those of the training set, so that dev means the same
 */
export async function loadSplit(
  file: string,
  reading: DataReading,
  { signal }: Context,
  labels: readonly string[] | DataReading['labels'] = reading.labels,
): Promise<Dataset<HeadTask>> {
  const { readDataset } = await import('@hashee/eval');
  return fileOptions(file, reading, signal)
    .then((options) => readDataset(file, { ...options, labels }))
    .catch((error) => {
      throw nameColumnOption(error);
    });
}
