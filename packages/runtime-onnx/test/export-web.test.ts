import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tinyBatch, tinyCheckpoint, tinyHead, tinyRandomTable } from '@hashee/core/testing';
import * as web from 'onnxruntime-web';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exportOnnx } from '../src/export/index.js';
import { onnx } from '../src/index.js';
import { difference } from './golden-files.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hashee-export-web-'));
  web.env.wasm.numThreads = 1;
});
afterAll(() => rm(folder, { recursive: true }));

test.each(['fp32', 'q8'] as const)(
  'onnxruntime-web runs an exported file from bytes, weights beside it or not (%s)',
  async (dtype) => {
    for (const task of ['sequence-classification', 'token-classification'] as const) {
      const checkpoint = tinyCheckpoint({ heads: [tinyHead(task, 3)] });
      const exitTable = tinyRandomTable(checkpoint.config);
      const batch = tinyBatch(checkpoint.config, { lengths: [9] });
      const runtime = await onnx({ threads: 1 }).load(checkpoint, { exitTable });
      const { logits: expected } = await runtime.forward(batch);
      await runtime.dispose();
      for (const inlineLimit of [undefined, 0]) {
        const path = join(folder, `${task}.onnx`);
        const { files } = await exportOnnx(checkpoint, path, { exitTable, dtype, inlineLimit });
        const externalData = await Promise.all(
          files.slice(1).map(async (file) => ({ path: `${task}.onnx_data`, data: await readFile(file.path) })),
        );
        const session = await web.InferenceSession.create(await readFile(path), { externalData });
        const int64 = (values: Iterable<number>): web.Tensor =>
          new web.Tensor('int64', BigInt64Array.from(values, BigInt), [1, 9]);
        const { logits } = await session.run({
          input_ids: int64(batch.inputIds),
          attention_mask: int64(new Uint8Array(9).fill(1)),
          token_type_ids: int64(batch.tokenTypeIds),
        });
        expect(difference(logits.data as Float32Array, expected)).toBeLessThan(dtype === 'fp32' ? 1e-4 : 0.5);
        await session.release();
      }
    }
  },
  // Compiling the WebAssembly of onnxruntime-web takes a minute on a busy machine.
  300_000,
);
