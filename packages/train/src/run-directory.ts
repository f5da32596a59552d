import { type FileHandle, mkdir, open, readdir, rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readSafetensors, type TensorToWrite, writeSafetensors } from '@hashee/checkpoint';
import { systemError } from '@hashee/core';
import { LOCK_FILE, RunLock } from './run-lock.js';
import { parseRunState, type RunState } from './run-state.js';
import { TEACHER_FILE } from './stored-teacher.js';

/** Tensors by name, as a trainer gives them. */
export type Tensors = ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;

/** A checkpoint that was read back. */
export interface StoredRun {
  readonly state: RunState;
  /** The trainer's tensors; empty where the run is finished. */
  readonly tensors: Tensors;
  readonly best: Tensors;
}

const CHECKPOINT = 'checkpoint.safetensors';
const LOG = 'train-log.jsonl';
const FILES: readonly string[] = [CHECKPOINT, TEACHER_FILE, LOG, LOCK_FILE];
/** What a crash leaves of a file that was being written. */
const LEFTOVER = /^(checkpoint|teacher)\.safetensors\.[0-9a-f]+\.tmp$/;
/** The same of locks. Only whoever removes the folder touches it: another process may be putting a lock back. */
const LOCK_LEFTOVER = /^run\.lock\.[0-9a-f]+\.tmp$/;
const STATE_KEY = 'hashee_run';
/** Codes of a folder that is gone already, holds other files, or is a link to one. */
const STAYS: readonly string[] = ['ENOENT', 'ENOTEMPTY', 'EEXIST', 'ENOTDIR'];
const TENSORS = 'state/';
const BEST = 'best/';

/**
 * The folder of a run: `train-log.jsonl`, and `checkpoint.safetensors`, which holds the trainer's tensors, the best weights and,
 * in its metadata, where the run stands. One file, replaced as a whole: its parts can't disagree.
 */
export class RunDirectory {
  readonly path: string;
  readonly checkpointPath: string;
  readonly #log: FileHandle;
  readonly #lock: RunLock;
  #logBytes = 0;

  private constructor(path: string, log: FileHandle, lock: RunLock) {
    this.path = path;
    this.#lock = lock;
    this.checkpointPath = join(path, CHECKPOINT);
    this.#log = log;
  }

  /** True where there is a checkpoint to go on from. @throws HasheeError `IO` */
  static async holdsRun(path: string): Promise<boolean> {
    return exists(join(path, CHECKPOINT));
  }

  /**
   * The checkpoint of a run that has ended, or nothing where there is none. Nobody writes there any more, so whoever reads it
   * needn't keep others out.
   * @throws HasheeError `INVALID_CHECKPOINT`, `IO`
   */
  static async readFinished(path: string): Promise<StoredRun | undefined> {
    const checkpoint = join(path, CHECKPOINT);
    if (!(await exists(checkpoint))) return undefined;
    const file = await readSafetensors(checkpoint);
    return parseRunState(checkpoint, file.metadata[STATE_KEY]).stopped ? readRun(checkpoint, file) : undefined;
  }

  /**
   * Makes the folder, shows that it can be written to, and keeps other runs out of it until it is closed.
   * @param restart removes what an earlier run left
   * @throws HasheeError `INVALID_ARGUMENT` where another run is at work there, `IO`
   */
  static async open(path: string, restart: boolean): Promise<RunDirectory> {
    return system(path, async () => {
      await mkdir(path, { recursive: true });
      const lock = await RunLock.acquire(path);
      try {
        for (const name of await readdir(path)) {
          if (LEFTOVER.test(name) || (restart && FILES.includes(name) && name !== LOCK_FILE))
            await rm(join(path, name), { force: true });
        }
        return new RunDirectory(path, await open(join(path, LOG), 'a'), lock);
      } catch (error) {
        await lock.release();
        throw error;
      }
    });
  }

  /**
   * Removes the run's own files, and the folder if that leaves it empty.
   * @throws HasheeError `INVALID_ARGUMENT` where a run is at work there, `IO`
   */
  static async remove(path: string): Promise<void> {
    await system(path, async () => {
      try {
        await RunLock.assertFree(path);
        for (const name of await readdir(path))
          if (FILES.includes(name) || LEFTOVER.test(name) || LOCK_LEFTOVER.test(name))
            await rm(join(path, name), { force: true });
        await rmdir(path);
      } catch (error) {
        if (!STAYS.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
      }
    });
  }

  /** The checkpoint, or nothing where there is none. @throws HasheeError `INVALID_CHECKPOINT`, `IO` */
  async load(): Promise<StoredRun | undefined> {
    if (!(await exists(this.checkpointPath))) return undefined;
    return readRun(this.checkpointPath, await readSafetensors(this.checkpointPath));
  }

  /** Replaces the checkpoint. @throws HasheeError `IO`; the old one is kept */
  async save(state: Omit<RunState, 'logBytes'>, tensors: Tensors, best: Tensors): Promise<void> {
    await writeSafetensors(this.checkpointPath, [...toWrite(TENSORS, tensors), ...toWrite(BEST, best)], {
      metadata: { [STATE_KEY]: JSON.stringify({ ...state, logBytes: this.#logBytes }) },
    });
  }

  /** Drops what was logged after the checkpoint, so that no step is logged twice. */
  async rewindLog(bytes: number): Promise<void> {
    await system(this.path, async () => {
      const { size } = await this.#log.stat();
      if (size > bytes) await this.#log.truncate(bytes);
      this.#logBytes = Math.min(size, bytes);
    });
  }

  /** Adds one line of JSON. @throws HasheeError `IO` */
  async log(value: object): Promise<void> {
    const line = `${JSON.stringify(value)}\n`;
    await system(this.path, () => this.#log.appendFile(line));
    this.#logBytes += Buffer.byteLength(line);
  }

  /** Lets others in. */
  async close(): Promise<void> {
    try {
      await system(this.path, () => this.#log.close());
    } finally {
      await system(this.path, () => this.#lock.release());
    }
  }
}

async function readRun(path: string, file: Awaited<ReturnType<typeof readSafetensors>>): Promise<StoredRun> {
  const state = parseRunState(path, file.metadata[STATE_KEY]);
  const tensors = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  const best = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  for (const name of file.names()) {
    const into = name.startsWith(TENSORS) ? tensors : name.startsWith(BEST) ? best : undefined;
    into?.set(name.slice(name.indexOf('/') + 1), { shape: file.shape(name), data: await file.read(name) });
  }
  return { state, tensors, best };
}

function toWrite(prefix: string, tensors: Tensors): TensorToWrite[] {
  return [...tensors].map(([name, { shape, data }]) => ({
    name: prefix + name,
    dtype: 'F32',
    shape,
    read: () => data,
  }));
}

async function exists(path: string): Promise<boolean> {
  return system(path, () =>
    stat(path).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return false;
        throw error;
      },
    ),
  );
}

async function system<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    throw systemError(cause, 'use', path);
  }
}
