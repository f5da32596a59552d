import type { Context } from '../context.js';
import { readComparison } from '../results/result-files.js';

export interface ReportOptions {
  readonly page: boolean;
}

/** Tables, plots and the web page of the results in a folder. */
export async function report(folder: string, { page }: ReportOptions, context: Context): Promise<void> {
  const comparison = await readComparison(folder);
  const { writeReportFiles } = await import('../results/write-report.js');
  const written = await writeReportFiles(folder, comparison);
  if (page) {
    const { writePage } = await import('../site/write-page.js');
    written.push(await writePage(folder, comparison));
  }
  context.stdout.write(`${written.join('\n')}\n`);
}
