import { mkdtemp, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The program of the worker threads from the sources, which Node can't run as they are. */
export async function bundleWorker(): Promise<{ createWorker: () => Worker; remove: () => Promise<void> }> {
  // Inside the package, so that onnxruntime-node is found from there.
  const folder = await mkdtemp(at('../node_modules/.worker-'));
  const outfile = `${folder}/worker.mjs`;
  await build({
    entryPoints: [at('../src/workers/worker.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['@hashee/source'],
    external: ['onnxruntime-node'],
  });
  return { createWorker: () => new Worker(outfile), remove: () => rm(folder, { recursive: true, force: true }) };
}
