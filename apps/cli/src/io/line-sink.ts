import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { systemError } from '@hashee/core';
import type { OutputStream } from '@hashee/terminal';

/** Where results go, line by line. */
export interface LineSink {
  line(text: string): Promise<void>;
  /** A part of a line. */
  part(text: string): Promise<void>;
  /** All lines are written: from now on they can be seen. */
  finish(): Promise<void>;
  /** Takes back what was written, where that is possible. Does nothing after `finish`. */
  discard(): Promise<void>;
}

/** Writes to a stream and waits where its reader is slower. */
export function streamSink(stream: OutputStream, signal: AbortSignal): LineSink {
  const part = async (text: string): Promise<void> => {
    if (text === '' || stream.write(text) || signal.aborted) return;
    await once(stream, 'drain', { signal }).catch(() => {});
  };
  return {
    line: (text) => part(`${text}\n`),
    part,
    async finish() {},
    async discard() {},
  };
}

const BUFFERED = 1 << 16;

/**
 * Writes beside the file and renames at the end: readers see the old file or the whole new one, never half of one.
 * Pipes and devices can't be renamed to and are written as they are.
 * @throws HasheeError `IO`
 */
export async function fileSink(path: string): Promise<LineSink> {
  const { target, beside } = await destination(path);
  let file: FileHandle | undefined;
  let buffer = '';
  const discard = async (): Promise<void> => {
    if (!file) return;
    const unfinished = file;
    file = undefined;
    await unfinished.close().catch(() => {});
    if (beside !== target) await rm(beside, { force: true }).catch(() => {});
  };
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      await discard();
      throw systemError(error, 'write', path);
    }
  };
  const flush = async (): Promise<void> => {
    const text = buffer;
    buffer = '';
    await file?.appendFile(text);
  };
  await attempt(async () => {
    file = await open(beside, beside === target ? 'a' : 'wx');
  });
  const part = async (text: string): Promise<void> => {
    buffer += text;
    if (buffer.length >= BUFFERED) await attempt(flush);
  };
  return {
    line: (text) => part(`${text}\n`),
    part,
    finish: () =>
      attempt(async () => {
        await flush();
        if (beside !== target) {
          await file?.sync();
          await rename(beside, target);
        }
        await file?.close();
        file = undefined;
      }),
    discard,
  };
}

/** Follows links, and names the file that is written first. */
async function destination(path: string): Promise<{ readonly target: string; readonly beside: string }> {
  const target = await realpath(path).catch(() => path);
  const there = await stat(target).catch(() => undefined);
  if (there?.isDirectory()) throw systemError({ code: 'EISDIR' }, 'write', path);
  if (there && !there.isFile()) return { target, beside: target };
  return { target, beside: `${target}.${randomBytes(6).toString('hex')}.tmp` };
}
