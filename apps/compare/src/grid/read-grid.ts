import { dirname, resolve } from 'node:path';
import { readJson } from '@hashee/eval/files';
import type { Grid } from './grid.js';
import { parseGrid } from './grid-schema.js';

/** A grid and where its relative paths begin. */
export interface GridFile {
  readonly path: string;
  readonly folder: string;
  readonly grid: Grid;
}

/** @throws HasheeError `NOT_FOUND`, `IO`, `INVALID_DATA`, `INVALID_ARGUMENT` */
export async function readGrid(path: string): Promise<GridFile> {
  const grid = parseGrid(await readJson(path), path);
  return { path, folder: dirname(resolve(path)), grid };
}
