import { readFile, stat } from 'node:fs/promises';
import { HasheeError, systemError } from '@hashee/core';

const LARGEST_FILE = 64 * 1024 * 1024;

export interface ReadJsonOptions {
  /** Larger files are refused before they are read. @default 64 MiB */
  readonly maxBytes?: number | undefined;
}

/**
 * What a JSON file holds; whether that is what was expected is for the caller to check.
 * @throws HasheeError `NOT_FOUND`; `INVALID_DATA` where it is too large or isn't JSON; `IO`
 */
export async function readJson(path: string, { maxBytes = LARGEST_FILE }: ReadJsonOptions = {}): Promise<unknown> {
  let text: string;
  try {
    const { size } = await stat(path);
    if (size > maxBytes)
      throw new HasheeError('INVALID_DATA', `${path} has ${size} bytes; at most ${maxBytes} are read.`, {
        fields: { path, size, maxBytes },
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

/**
 * What a program wrote down for itself to save work: `undefined` where there is nothing yet, or nothing that is JSON, so that it is
 * made anew.
 * @throws HasheeError `IO`
 */
export async function readStoredJson(path: string, options?: ReadJsonOptions): Promise<unknown> {
  try {
    return await readJson(path, options);
  } catch (error) {
    if (HasheeError.isInstance(error, 'NOT_FOUND') || HasheeError.isInstance(error, 'INVALID_DATA')) return undefined;
    throw error;
  }
}
