import { extname } from 'node:path';
import type { Columns } from '../data/columns.js';
import type { DataFormat } from '../data/data-format.js';
import { jsonRows } from '../data/json-rows.js';
import { textLines } from '../data/text-lines.js';
import type { TaskDescription, TaskLayout } from './task.js';

/** How to read one file of a task. */
export interface FoundLayout extends TaskLayout {
  readonly format?: DataFormat | undefined;
}

/** The layout whose columns a file has; the task's own where none fits, so that reading says what is missing. */
export async function findLayout(file: string, task: TaskDescription, signal?: AbortSignal): Promise<FoundLayout> {
  const extension = extname(file).toLowerCase();
  if (task.kind === 'token-classification' && !/^\.(?:csv|jsonl|ndjson)$/.test(extension))
    return { columns: task.columns, format: 'tagged' };
  const json = extension === '.jsonl' || extension === '.ndjson';
  const first = json
    ? await firstObject(file, signal)
    : await firstLine(file, extension === '.csv' ? ',' : '\t', signal);
  // SNLI calls its tables .txt.
  const format = extension === '.txt' ? ({ format: 'tsv' } as const) : {};
  for (const layout of [{ columns: task.columns }, ...task.layouts])
    if (layout.header ? !json && layout.header.length === first.length : hasColumns(first, layout.columns))
      return { ...layout, ...format };
  return { columns: task.columns, ...format };
}

function hasColumns(found: readonly string[], columns: Columns): boolean {
  const wanted = Object.values(columns).flat();
  return wanted.length > 0 && wanted.every((name) => found.includes(name));
}

async function firstLine(file: string, separator: string, signal?: AbortSignal): Promise<readonly string[]> {
  for await (const { text } of textLines(file, signal))
    return text.split(separator).map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
  return [];
}

async function firstObject(file: string, signal?: AbortSignal): Promise<readonly string[]> {
  for await (const row of jsonRows(file, signal)) return row.columns;
  return [];
}
