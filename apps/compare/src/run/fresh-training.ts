import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HasheeError, systemError } from '@hashee/core';
import type { Cell } from '../plan/plan-cells.js';
import type { Workshop } from './workshop.js';

/** A folder where a cell is trained anew, whatever is kept of it or of cells that share its training. */
export class FreshTraining {
  readonly directory: string;
  readonly #usual: string;

  private constructor(directory: string, usual: string) {
    this.directory = directory;
    this.#usual = usual;
  }

  /**
   * @param work where trainings lie
   * @throws HasheeError `INVALID_ARGUMENT` for a dense model that the grid names and nobody trains, `IO`, `ABORTED`
   */
  static async begin(cell: Cell, workshop: Workshop, work: string, signal?: AbortSignal): Promise<FreshTraining> {
    const found = cell.method.family === 'dense' ? cell.task.dense?.[String(cell.seed)] : undefined;
    if (found !== undefined)
      throw new HasheeError(
        'INVALID_ARGUMENT',
        `${cell.id} can't be trained anew: the grid names its model, ${found}. Leave out --fresh to measure that again, or take "dense" from the grid's task.`,
        { fields: { id: cell.id, model: found } },
      );
    const usual = await workshop.directory(cell, signal);
    return system(work, async () => {
      await mkdir(work, { recursive: true });
      return new FreshTraining(await mkdtemp(join(work, 'fresh-')), usual);
    });
  }

  /** Puts its stages in the place of the same ones that were kept; others that share the folder stay. @throws HasheeError `IO` */
  async keep(): Promise<void> {
    await system(this.#usual, async () => {
      await mkdir(this.#usual, { recursive: true });
      for (const stage of await readdir(this.directory)) {
        const place = join(this.#usual, stage);
        await rm(place, { recursive: true, force: true });
        await rename(join(this.directory, stage), place);
      }
    });
  }

  async remove(): Promise<void> {
    await system(this.directory, () => rm(this.directory, { recursive: true, force: true }));
  }
}

async function system<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    throw systemError(cause, 'use', path);
  }
}
