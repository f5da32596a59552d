import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { HasheeError, systemError } from '@hashee/core';
import { readJson, writeWhole } from '@hashee/eval/files';
import { STUDY_PARTS, type StudyCell, type StudyPart } from './result.js';
import { parseStudyCell } from './result-schema.js';

const NAME = /^(human|sentence|given|token|exits)\.seed-(\d{1,10})\.json$/;

/** @returns `undefined` where there is none. @throws HasheeError `INVALID_DATA`, `IO` */
export async function readCell(folder: string, part: StudyPart, seed: number): Promise<StudyCell | undefined> {
  const path = join(folder, `${part}.seed-${seed}.json`);
  try {
    return parseStudyCell(await readJson(path), path);
  } catch (error) {
    if (HasheeError.isInstance(error, 'NOT_FOUND')) return undefined;
    throw error;
  }
}

/** Checks and writes a result, all or nothing. @throws HasheeError `INVALID_DATA`, `IO` */
export async function writeCell(folder: string, cell: StudyCell): Promise<void> {
  const { part, seed } = cell;
  const sound = parseStudyCell(JSON.parse(JSON.stringify(cell)), `The result of ${part}, seed ${seed}`);
  await writeWhole(join(folder, `${part}.seed-${seed}.json`), `${JSON.stringify(sound, undefined, 1)}\n`);
}

/**
 * All results in a folder, by part and seed.
 * @throws HasheeError `NOT_FOUND` where there is no folder, or nothing in it; `INVALID_DATA`, `IO`
 */
export async function readStudy(folder: string): Promise<StudyCell[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw systemError(cause, 'read', folder);
  });
  const cells: StudyCell[] = [];
  for (const name of names) {
    const [, part, seed] = NAME.exec(name) ?? [];
    if (part === undefined) continue;
    const cell = await readCell(folder, part as StudyPart, Number(seed));
    if (cell && cell.part === part && cell.seed === Number(seed)) cells.push(cell);
  }
  if (cells.length === 0)
    throw new HasheeError('NOT_FOUND', `${folder} holds no results of the study. \`hashee difficulty\` makes them.`, {
      fields: { folder },
    });
  return cells.sort((a, b) => STUDY_PARTS.indexOf(a.part) - STUDY_PARTS.indexOf(b.part) || a.seed - b.seed);
}
