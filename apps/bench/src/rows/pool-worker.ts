import { parentPort, workerData } from 'node:worker_threads';
import type { WorkSlice } from './row.js';
import { findRow } from './rows.js';
import type { WorkerOrder, WorkerReply } from './worker-pool.js';

// A peer in a worker thread: opens its row and answers slices until it is ended.
const { row, settings } = workerData as WorkerOrder;
const reply = (message: WorkerReply): void => parentPort?.postMessage(message);
try {
  const open = await findRow(row).open(settings);
  parentPort?.on('message', async (slice: WorkSlice) => {
    try {
      reply({ answers: (await open.run(slice)).answers });
    } catch (error) {
      reply({ error: String(error) });
    }
  });
  reply({ versions: open.versions });
} catch (error) {
  reply({ error: String(error) });
}
