import { HasheeError } from '@hashee/core';
import type { Context } from '../context.js';
import { nameColumnOption } from '../data/name-column-option.js';
import type { PairOptions } from './pair-options.js';

/** A source and what it should become. */
export interface Pair {
  readonly source: string;
  readonly target: string;
}

/** The name that stands for files of one's own. */
export const SUMMARIZATION = 'summarization';

/** True where a task's name is about texts that become texts. */
export async function isSummarization(task: string | undefined): Promise<boolean> {
  if (task === undefined || task === SUMMARIZATION) return task !== undefined;
  const { tasks } = await import('@hashee/eval');
  return Object.values(tasks).some(({ name, kind }) => name === task && kind === 'generation');
}

/** Columns by options, else by the known task, else by their usual names. */
export async function pairColumns({
  task,
  sourceColumn,
  targetColumn,
}: PairOptions): Promise<{ readonly source?: string; readonly target?: string }> {
  const { tasks } = await import('@hashee/eval');
  const known = Object.values(tasks).find(({ name, kind }) => name === task && kind === 'generation')?.columns;
  const source = sourceColumn ?? known?.source;
  const target = targetColumn ?? known?.target;
  return { ...(source === undefined ? {} : { source }), ...(target === undefined ? {} : { target }) };
}

/** @throws HasheeError `INVALID_DATA`, `NOT_FOUND`, `IO`, `ABORTED` */
export async function readPairs(file: string, options: PairOptions, { signal }: Context): Promise<Pair[]> {
  const { readDataset } = await import('@hashee/eval');
  const columns = await pairColumns(options);
  const dataset = await readDataset(file, { kind: 'generation', columns, signal }).catch((error) => {
    throw nameColumnOption(error, { source: '--source-column', target: '--target-column' });
  });
  return dataset.examples.map(({ source, target = '' }, index) => {
    if (source.trim() !== '' && target.trim() !== '') return { source, target };
    throw new HasheeError('INVALID_DATA', `${file}, row ${index + 1}: the source or its summary is empty.`, {
      fields: { file, row: index + 1 },
    });
  });
}
