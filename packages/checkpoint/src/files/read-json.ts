import { open, realpath, stat } from 'node:fs/promises';
import { HasheeError, type HasheeErrorCode, systemError } from '@hashee/core';
import { isNestedTooDeeply } from './scan-json.js';

/** Reads a whole text file of at most `limit` bytes. @throws HasheeError `NOT_FOUND`, `IO`, or `code` when it is too large */
export async function readText(path: string, code: HasheeErrorCode, limit: number): Promise<string> {
  try {
    const target = await realpath(path);
    const stats = await stat(target);
    if (!stats.isFile()) throw new HasheeError(code, `${path} is not a regular file.`, { fields: { path } });
    if (stats.size > limit)
      throw new HasheeError(code, `${path} has ${stats.size} bytes, at most ${limit} are expected.`, {
        fields: { path, size: stats.size, limit },
      });
    const file = await open(target, 'r');
    try {
      const text = await file.readFile();
      return new TextDecoder('utf-8', { fatal: true }).decode(text);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof TypeError)
      throw new HasheeError(code, `${path} is not a text file in UTF-8.`, { fields: { path }, cause: error });
    throw systemError(error, 'read', path);
  }
}

/** Reads a JSON file that must hold an object. @throws HasheeError `NOT_FOUND`, `IO`, or `code` when it isn't one */
export async function readJsonObject(
  path: string,
  code: HasheeErrorCode,
  limit: number,
): Promise<Record<string, unknown>> {
  const text = await readText(path, code, limit);
  if (isNestedTooDeeply(text))
    throw new HasheeError(code, `${path} is nested too deeply to be sound.`, { fields: { path } });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new HasheeError(code, `${path} is not valid JSON: ${(cause as Error).message}.`, { fields: { path }, cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new HasheeError(code, `${path} must hold a JSON object.`, { fields: { path } });
  return value as Record<string, unknown>;
}
