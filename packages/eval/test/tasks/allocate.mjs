// A task for a fresh process: holds so many megabytes for each sequence of its batch.
export default async function allocate({ batchSize = 1, megabytes = 1, sleep = 0, fail }) {
  if (fail === 'throw') throw new Error('no such luck');
  if (fail === 'exit') process.exit(7);
  const buffers = Array.from({ length: batchSize }, () => Buffer.alloc(megabytes << 20, 1));
  await new Promise((resolve) => setTimeout(resolve, sleep));
  return { held: buffers.length, pid: process.pid };
}
