import { join } from 'node:path';
import { HasheeError } from '@hashee/core';
import { readJson, writeWhole } from '@hashee/eval/files';
import type { CellResult, Comparison } from './cell-result.js';
import { parseCellResult, parseComparison } from './result-schema.js';

/** Where a results folder has its parts. */
export const RESULT_FILES = {
  comparison: 'results.json',
  report: 'README.md',
  page: 'index.html',
  plots: 'plots',
} as const;

/** The file of one cell. */
export function cellFile(folder: string, id: string): string {
  return join(folder, 'cells', `${id}.json`);
}

/** @returns `undefined` where there is none. @throws HasheeError `INVALID_DATA`, `IO` */
export async function readCell(folder: string, id: string): Promise<CellResult | undefined> {
  const path = cellFile(folder, id);
  try {
    return parseCellResult(await readJson(path), path);
  } catch (error) {
    if (HasheeError.isInstance(error, 'NOT_FOUND')) return undefined;
    throw error;
  }
}

/** Checks and writes a result, all or nothing. @throws HasheeError `INVALID_DATA`, `IO` */
export async function writeCell(folder: string, result: CellResult): Promise<void> {
  const sound = parseCellResult(result, `The result of ${result.id}`);
  await writeWhole(cellFile(folder, result.id), `${JSON.stringify(sound, undefined, 1)}\n`);
}

/** @throws HasheeError `NOT_FOUND`, `INVALID_DATA`, `IO` */
export async function readComparison(folder: string): Promise<Comparison> {
  const path = join(folder, RESULT_FILES.comparison);
  return parseComparison(await readJson(path), path);
}

/** @throws HasheeError `INVALID_DATA`, `IO` */
export async function writeComparison(folder: string, comparison: Comparison): Promise<void> {
  const sound = parseComparison(comparison, 'The comparison');
  await writeWhole(join(folder, RESULT_FILES.comparison), `${JSON.stringify(sound)}\n`);
}
