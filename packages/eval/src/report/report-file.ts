import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { HasheeError, systemError } from '@hashee/core';
import type { Report } from './report.js';
import { parseReport } from './report-schema.js';

const LARGEST_FILE = 256 * 1024 * 1024;

/**
 * Reads a report and checks it.
 * @throws HasheeError `NOT_FOUND`, `IO`, `INVALID_DATA`
 */
export async function readReport(file: string): Promise<Report> {
  let text: string;
  try {
    const { size } = await stat(file);
    if (size > LARGEST_FILE)
      throw new HasheeError('INVALID_DATA', `${file} has ${size} bytes; a report has at most ${LARGEST_FILE}.`, {
        fields: { file, size },
      });
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw systemError(cause, 'read', file);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new HasheeError('INVALID_DATA', `${file} isn't JSON. Expected a report.`, { fields: { file }, cause });
  }
  return parseReport(value, file);
}

/**
 * Checks a report and writes it, all or nothing.
 * @throws HasheeError `INVALID_DATA` (a number that isn't finite, ...), `IO`
 */
export async function writeReport(file: string, report: Report): Promise<void> {
  const sound = parseReport(report, 'The report to be written');
  const part = `${file}.${randomUUID()}.part`;
  try {
    await writeFile(part, `${JSON.stringify(sound, undefined, 1)}\n`, { flag: 'wx' });
    await rename(part, file);
  } catch (cause) {
    await rm(part, { force: true });
    throw systemError(cause, 'write', file);
  }
}
