import { Worker } from 'node:worker_threads';
import { HasheeError } from '@hashee/core';
import { inTurns } from './in-turns.js';
import type { Answer, OpenRow, OpenSettings, Row, WorkSlice } from './row.js';

/** What a worker is told first. */
export interface WorkerOrder {
  readonly row: string;
  readonly settings: OpenSettings;
}

export type WorkerReply =
  | { readonly versions: Readonly<Record<string, string>> }
  | { readonly answers: readonly Answer[] }
  | { readonly error: string };

/** A peer in several worker threads, each with a session of its own; batches go to whoever is free. */
export async function openPool(row: Row, settings: OpenSettings): Promise<OpenRow> {
  const { setting } = settings;
  const own: OpenSettings = { ...settings, setting: { threads: setting.threads } };
  const lanes = Array.from({ length: setting.workers ?? 1 }, () => new Lane({ row: row.name, settings: own }));
  const dispose = async (): Promise<void> => void (await Promise.all(lanes.map((lane) => lane.end())));
  try {
    const [first] = await Promise.all(lanes.map((lane) => lane.reply()));
    return {
      versions: 'versions' in first ? first.versions : {},
      async run({ batches }) {
        const answers = await inTurns(batches, lanes.length, async (batch, index) => {
          const reply = await lanes[index].ask({ batches: [batch] });
          return 'answers' in reply ? reply.answers : [];
        });
        return { answers: answers.flat() };
      },
      dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** One worker thread; asked one thing at a time. */
class Lane {
  readonly #worker: Worker;

  constructor(order: WorkerOrder) {
    const program = order.settings.poolWorker ?? new URL('./pool-worker.js', import.meta.url);
    this.#worker = new Worker(program, { workerData: order });
  }

  ask(slice: WorkSlice): Promise<WorkerReply> {
    const reply = this.reply();
    this.#worker.postMessage(slice);
    return reply;
  }

  reply(): Promise<WorkerReply> {
    return new Promise((resolve, reject) => {
      const worker = this.#worker;
      const fail = (reason: unknown): void => {
        finish();
        reject(new HasheeError('RUNTIME', `A worker thread failed: ${String(reason)}`, { cause: reason }));
      };
      const onMessage = (reply: WorkerReply): void => {
        if ('error' in reply) fail(reply.error);
        else {
          finish();
          resolve(reply);
        }
      };
      const onExit = (code: number): void => fail(`exit code ${code}`);
      const finish = (): void => {
        worker.off('message', onMessage).off('error', fail).off('exit', onExit);
      };
      worker.on('message', onMessage).on('error', fail).on('exit', onExit);
    });
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}
