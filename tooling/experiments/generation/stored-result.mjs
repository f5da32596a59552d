// Results of finished cells, as they are kept.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { recipeOf } from './cells.mjs';

/** @param {string} work @param {string} cell its name */
export const resultFile = (work, cell) => join(work, cell, 'result.json');

/**
 * The result of a cell, if it is finished.
 * @param {ReturnType<typeof import('./cells.mjs').planCells>[number]} cell
 * @param {{ work: string, limit: number | undefined }} run
 * @throws RangeError where it was made by another recipe
 */
export function storedResult(cell, { work, limit }) {
  const file = resultFile(work, cell.name);
  if (!existsSync(file)) return undefined;
  const result = JSON.parse(readFileSync(file, 'utf8'));
  if (isDeepStrictEqual(result.recipe, JSON.parse(JSON.stringify(recipeOf(cell, limit))))) return result;
  throw new RangeError(`${file} was made with other settings. Delete its folder, or name another --work.`);
}
