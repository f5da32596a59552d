import { HasheeError } from '@hashee/core';
import type { Context } from '../context.js';
import { type FileReading, fileOptions } from '../data/file-options.js';
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

/** How sources and summaries are found: by options, else by the known task, else by the usual names of columns. */
export async function pairReading({
  task,
  sourceColumn: source,
  targetColumn: target,
}: PairOptions): Promise<FileReading<'generation'>> {
  const { tasks } = await import('@hashee/eval');
  const known = Object.values(tasks).find(({ name, kind }) => name === task && kind === 'generation');
  return {
    kind: 'generation',
    columns: { ...(source === undefined ? {} : { source }), ...(target === undefined ? {} : { target }) },
    ...(known ? { task: known } : {}),
  };
}

/**
 * @param sourcesOnly summaries aren't needed, and empty
 * @throws HasheeError `INVALID_DATA`, `NOT_FOUND`, `IO`, `ABORTED`
 */
export async function readPairs(
  file: string,
  options: PairOptions,
  { signal }: Context,
  { sourcesOnly = false }: { readonly sourcesOnly?: boolean } = {},
): Promise<Pair[]> {
  const { readDataset } = await import('@hashee/eval');
  const dataset = await fileOptions(file, await pairReading(options), signal)
    .then((found) => readDataset(file, { ...found, unlabelled: sourcesOnly }))
    .catch((error) => {
      throw nameColumnOption(error, { source: '--source-column', target: '--target-column' });
    });
  return dataset.examples.map(({ source, target = '' }, index) => {
    if (source.trim() !== '' && (sourcesOnly || target.trim() !== '')) return { source, target };
    const empty = sourcesOnly ? 'the source' : 'the source or its summary';
    throw new HasheeError('INVALID_DATA', `${file}, row ${index + 1}: ${empty} is empty.`, {
      fields: { file, row: index + 1 },
    });
  });
}
