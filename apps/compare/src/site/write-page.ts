import { join } from 'node:path';
import { writeWhole } from '@hashee/eval/files';
import type { Comparison } from '../results/cell-result.js';
import { RESULT_FILES } from '../results/result-files.js';
import { summarize } from '../results/summarize.js';
import { buildPage } from './build-page.js';

/**
 * Builds the page with the results inside: one file, which opens from disk as from any web server.
 * @returns its path
 * @throws HasheeError `INVALID_ARGUMENT` without results, `IO`
 */
export async function writePage(folder: string, comparison: Comparison): Promise<string> {
  const summary = summarize(comparison);
  const path = join(folder, RESULT_FILES.page);
  await writeWhole(path, await buildPage({ title: summary.title, data: summary, entry: 'src/page/main.ts' }));
  return path;
}
