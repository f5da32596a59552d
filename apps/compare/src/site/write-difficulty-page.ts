import { join } from 'node:path';
import { readStudy, reported, summarizeStudy } from '@hashee/difficulty/results';
import { writeWhole } from '@hashee/eval/files';
import type { DifficultyPage } from '../difficulty-page/difficulty-page.js';
import { RESULT_FILES } from '../results/result-files.js';
import { buildPage } from './build-page.js';

/**
 * The study of difficulty as a page beside its results.
 * @returns its path
 * @throws HasheeError `NOT_FOUND` without results, `INVALID_DATA`, `INVALID_ARGUMENT` (results of different settings), `IO`
 */
export async function writeDifficultyPage(folder: string): Promise<string> {
  const data: DifficultyPage = { summary: summarizeStudy(await readStudy(folder)), reported };
  const path = join(folder, RESULT_FILES.page);
  const page = await buildPage({
    title: 'Can instance difficulty be learned?',
    data,
    entry: 'src/difficulty-page/main.ts',
    otherwise: 'the .md file that hashee difficulty writes beside the folder',
  });
  await writeWhole(path, page);
  return path;
}
