import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { HasheeError, systemError } from '@hashee/core';

/**
 * Finds out before hours of work whether a folder can be written at their end.
 * @throws HasheeError `INVALID_ARGUMENT` where it holds something and may not be replaced, `IO`
 */
export async function assertOutputFolder(path: string, overwrite: boolean): Promise<void> {
  const parent = dirname(resolve(path));
  try {
    const there = await readdir(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    if (there.length > 0 && !overwrite)
      throw new HasheeError(
        'INVALID_ARGUMENT',
        `The output folder ${path} holds files already. Choose another, or replace it with --overwrite.`,
        { fields: { path } },
      );
    await mkdir(parent, { recursive: true });
    const probe = `${resolve(path)}.${randomBytes(6).toString('hex')}.tmp`;
    await (await open(probe, 'wx')).close();
    await rm(probe);
  } catch (error) {
    throw systemError(error, 'write', path);
  }
}
