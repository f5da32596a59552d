import { join } from 'node:path';
import { HasheeError, type HeadTask } from '@hashee/core';
import type { Dataset } from '@hashee/eval';
import type { Context } from '../context.js';
import type { DataOptions } from './data-options.js';
import { nameColumnOption } from './name-column-option.js';
import type { DataReading } from './read-options.js';

/**
 * The file of one part of the data: given, or the task's.
 * @throws HasheeError `INVALID_ARGUMENT` where there is neither
 */
export function splitFile(
  split: 'train' | 'dev',
  file: string | undefined,
  options: DataOptions,
  { env }: Context,
): string {
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
  return join(folder, options.task, `${split}.tsv`);
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
  return readDataset(file, { kind: reading.kind, columns: reading.columns, labels, signal }).catch((error) => {
    throw nameColumnOption(error);
  });
}
