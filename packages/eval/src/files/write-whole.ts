import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemError } from '@hashee/core';

/**
 * Writes a text beside its destination, flushes it and renames it: whoever reads the file gets the old or the new one, whole.
 * Its folder is made.
 * @throws HasheeError `IO`
 */
export async function writeWhole(path: string, text: string): Promise<void> {
  const part = `${path}.${randomUUID()}.part`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(part, 'wx');
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, path);
  } catch (cause) {
    await rm(part, { force: true }).catch(() => {});
    throw systemError(cause, 'write', path);
  }
}
