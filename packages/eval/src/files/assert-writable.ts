import { randomUUID } from 'node:crypto';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemError } from '@hashee/core';

/** What is written to see whether anything can be. */
const PROBE = 4096;

/**
 * Finds out before hours of work whether files can be written to a folder at their end, which is made.
 * @throws HasheeError `IO`
 */
export async function assertWritable(folder: string): Promise<void> {
  const probe = join(folder, `.${randomUUID()}.part`);
  try {
    await mkdir(folder, { recursive: true });
    const file = await open(probe, 'wx');
    try {
      await file.writeFile(new Uint8Array(PROBE));
      await file.sync();
    } finally {
      await file.close();
    }
    await rm(probe);
  } catch (cause) {
    await rm(probe, { force: true }).catch(() => {});
    throw systemError(cause, 'write', folder);
  }
}
