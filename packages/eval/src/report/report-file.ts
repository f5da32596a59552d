import { readJson } from '../files/read-json.js';
import { writeWhole } from '../files/write-whole.js';
import type { Report } from './report.js';
import { parseReport } from './report-schema.js';

const LARGEST_FILE = 256 * 1024 * 1024;

/**
 * Reads a report and checks it.
 * @throws HasheeError `NOT_FOUND`, `IO`, `INVALID_DATA`
 */
export async function readReport(file: string): Promise<Report> {
  return parseReport(await readJson(file, { maxBytes: LARGEST_FILE }), file);
}

/**
 * Checks a report and writes it, all or nothing; its folder is made.
 * @throws HasheeError `INVALID_DATA` (a number that isn't finite, ...), `IO`
 */
export async function writeReport(file: string, report: Report): Promise<void> {
  const sound = parseReport(report, 'The report to be written');
  await writeWhole(file, `${JSON.stringify(sound, undefined, 1)}\n`);
}
