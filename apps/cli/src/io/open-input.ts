import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { systemError } from '@hashee/core';
import type { Context } from '../context.js';

/** Bytes of a file, or of stdin for `-`. */
export interface Input {
  /** For messages. */
  readonly name: string;
  readonly chunks: AsyncIterable<unknown>;
}

/** @throws HasheeError `NOT_FOUND`, `IO` */
export async function openInput(path: string, context: Pick<Context, 'stdin'>): Promise<Input> {
  if (path === '-') return { name: 'standard input', chunks: context.stdin };
  const stats = await stat(path).catch((error) => {
    throw systemError(error, 'read', path);
  });
  if (stats.isDirectory()) throw systemError({ code: 'EISDIR' }, 'read', path);
  return { name: path, chunks: readFile(path) };
}

async function* readFile(path: string): AsyncGenerator<unknown, void, undefined> {
  try {
    yield* createReadStream(path);
  } catch (error) {
    throw systemError(error, 'read', path);
  }
}
