import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { systemError } from '@hashee/core';

/**
 * Writes a file beside its destination, flushes it to disk and renames it: readers see the old file or the whole new
 * one. When anything fails the new file is removed and the old one stays.
 * @throws HasheeError `IO`, and whatever `write` throws
 */
export async function writeAtomically(path: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  const beside = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const file = await open(beside, 'wx');
    try {
      await write(file);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => {});
    throw systemError(error, 'write', path);
  }
}
