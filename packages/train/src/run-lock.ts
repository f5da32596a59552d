import { randomUUID } from 'node:crypto';
import { type FileHandle, link, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { HasheeError } from '@hashee/core';

/** Who trains in a folder. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  /** Milliseconds since 1970. */
  readonly since: number;
}

/** In the folder of a run. */
export const LOCK_FILE = 'run.lock';
const ATTEMPTS = 10;
/** Milliseconds after which a file without a sound holder was left by a crash and isn't being written. */
const WRITTEN_WITHIN = 10_000;
/** Whole paths of the locks that this process holds. */
const HELD = new Set<string>();

/** Keeps a run's folder for one process at a time. A lock that a dead process left is taken over. */
export class RunLock {
  readonly #path: string;
  readonly #text: string;

  private constructor(path: string, text: string) {
    this.#path = path;
    this.#text = text;
    HELD.add(resolve(path));
  }

  /**
   * @param directory exists
   * @throws HasheeError `INVALID_ARGUMENT` where another run is at work there; errors of the system as they are
   */
  static async acquire(directory: string): Promise<RunLock> {
    const path = join(directory, LOCK_FILE);
    for (let attempt = 1; ; attempt++) {
      const text = JSON.stringify({ pid: process.pid, host: hostname(), since: Date.now() } satisfies Holder);
      if (await create(path, text)) return new RunLock(path, text);
      const found = await readIfThere(path);
      if (found === undefined) {
        if (attempt >= ATTEMPTS) throw inUse(directory, path, undefined);
        continue;
      }
      const holder = parseHolder(found);
      const dead = holder ? isDead(holder, path) : await isOld(path);
      if (!dead || attempt >= ATTEMPTS || !(await takeAway(path, found))) throw inUse(directory, path, holder);
    }
  }

  /** Leaves everything as it is. @throws HasheeError `INVALID_ARGUMENT` where a run is at work in the folder; errors of the system as they are */
  static async assertFree(directory: string): Promise<void> {
    const path = join(directory, LOCK_FILE);
    const found = await readIfThere(path);
    if (found === undefined) return;
    const holder = parseHolder(found);
    if (!(holder ? isDead(holder, path) : await isOld(path))) throw inUse(directory, path, holder);
  }

  async release(): Promise<void> {
    if ((await readIfThere(this.#path)) === this.#text) await rm(this.#path, { force: true });
    HELD.delete(resolve(this.#path));
  }
}

/** Codes of file systems that have no hard links. */
const NO_LINKS: readonly (string | undefined)[] = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

/** The lock appears with its text in it, so that a crash leaves a whole one or none. @returns false where there is one */
async function create(path: string, text: string): Promise<boolean> {
  const aside = asideOf(path);
  try {
    await writeFile(aside, text);
    await link(aside, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    if (NO_LINKS.includes(codeOf(error))) return createInPlace(path, text);
    throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

async function createInPlace(path: string, text: string): Promise<boolean> {
  let file: FileHandle;
  try {
    file = await open(path, 'wx');
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
  try {
    await file.writeFile(text);
  } catch (error) {
    // A full disk.
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  return true;
}

function asideOf(path: string): string {
  return `${path}.${randomUUID().replaceAll('-', '')}.tmp`;
}

/** @returns false where it was another lock in the meantime, which is put back */
async function takeAway(path: string, expected: string): Promise<boolean> {
  const aside = asideOf(path);
  try {
    await rename(path, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return true;
    throw error;
  }
  const same = (await readIfThere(aside)) === expected;
  if (!same) await link(aside, path).catch(() => {});
  await rm(aside, { force: true });
  return same;
}

/** True where its process is certainly gone. */
function isDead({ pid, host, since }: Holder, path: string): boolean {
  if (host !== hostname()) return false;
  // Numbers of processes come again, in containers soon: an earlier process had this one's.
  if (pid === process.pid) return !HELD.has(resolve(path)) && since < Date.now() - 1000 * process.uptime();
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return codeOf(error) === 'ESRCH';
  }
}

async function isOld(path: string): Promise<boolean> {
  try {
    return Date.now() - (await stat(path)).mtimeMs > WRITTEN_WITHIN;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return true;
    throw error;
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function parseHolder(text: string): Holder | undefined {
  try {
    const { pid, host, since } = Object(JSON.parse(text)) as Partial<Record<keyof Holder, unknown>>;
    const sound = Number.isSafeInteger(pid) && (pid as number) > 0 && typeof host === 'string';
    return sound && Number.isSafeInteger(since) ? ({ pid, host, since } as Holder) : undefined;
  } catch {
    return undefined;
  }
}

function inUse(directory: string, path: string, holder: Holder | undefined): HasheeError {
  const who = holder
    ? `process ${holder.pid} on ${holder.host} has been training there since ${new Date(holder.since).toISOString()}`
    : 'another process is about to train there';
  return new HasheeError(
    'INVALID_ARGUMENT',
    `${directory} is in use: ${who}. Wait until it has ended, or use another directory. Where no such training runs any more, remove ${path}.`,
    { fields: { directory, lock: path, ...holder } },
  );
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
