import { readFile, stat } from 'node:fs/promises';
import { HasheeError, systemError } from '@hashee/core';

const LARGEST_FILE = 64 * 1024 * 1024;

/** @throws HasheeError `NOT_FOUND`, `IO`, `INVALID_DATA` */
export async function readJson(path: string): Promise<unknown> {
  let text: string;
  try {
    const { size } = await stat(path);
    if (size > LARGEST_FILE)
      throw new HasheeError('INVALID_DATA', `${path} has ${size} bytes; at most ${LARGEST_FILE} are read.`, {
        fields: { path, size },
      });
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw systemError(cause, 'read', path);
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new HasheeError('INVALID_DATA', `${path} isn't JSON.`, { fields: { path }, cause });
  }
}
