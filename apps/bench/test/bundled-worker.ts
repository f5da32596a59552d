import { mkdtemp, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The program of the peers' worker threads from the sources, which Node can't run as they are. */
export async function bundleWorker(): Promise<{ program: string; remove: () => Promise<void> }> {
  // Inside the package, so that what stays outside of the bundle is found from there.
  const folder = await mkdtemp(at('../node_modules/.worker-'));
  const program = `${folder}/pool-worker.mjs`;
  await build({
    entryPoints: [at('../src/rows/pool-worker.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['@hashee/source'],
    external: ['onnxruntime-node', '@huggingface/transformers', '@tensorflow/*', 'onnx-proto'],
    // CommonJS packages inside the bundle ask for Node's modules.
    banner: {
      js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
    },
  });
  return { program, remove: () => rm(folder, { recursive: true, force: true }) };
}
