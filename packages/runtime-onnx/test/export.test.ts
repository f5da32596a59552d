import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Checkpoint, collate, HasheeError, type HeadDense, type TokenBatch } from '@hashee/core';
import {
  TINY_FAMILIES,
  tinyBatch,
  tinyCheckpoint,
  tinyConfig,
  tinyExitTable,
  tinyHead,
  tinyRandomTable,
} from '@hashee/core/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ExportOptions, exportOnnx, openExport } from '../src/export/index.js';
import { onnx } from '../src/index.js';
import { cpuFeatures } from '../src/quantize/cpu-features.js';
import { runFile } from './export-run.js';
import { difference } from './golden-files.js';

let folder: string;
let count = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hashee-export-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

const freshPath = (): string => join(folder, `${count++}.onnx`);

/** Logits of an exported file and of the runtime. */
async function both(
  checkpoint: Checkpoint,
  batch: TokenBatch,
  options: ExportOptions = {},
): Promise<{ actual: Float32Array; expected: Float32Array }> {
  const { head, exitTable } = options;
  const report = await exportOnnx(checkpoint, freshPath(), options);
  const exported = await openExport(report, checkpoint, { head, exitTable, threads: 1 });
  const runtime = await onnx({ threads: 1 }).load(checkpoint, { head, exitTable });
  try {
    const expected = await runtime.forward(batch);
    const actual = await exported.forward(batch);
    return { actual: actual.logits, expected: expected.logits };
  } finally {
    await exported.dispose();
    await runtime.dispose();
  }
}

async function distance(checkpoint: Checkpoint, batch: TokenBatch, options?: ExportOptions): Promise<number> {
  const { actual, expected } = await both(checkpoint, batch, options);
  return difference(actual, expected);
}

/** 1 where two lists of numbers point the same way. */
function cosine(a: Float32Array, b: Float32Array): number {
  const product = (x: Float32Array, y: Float32Array): number => x.reduce((sum, value, i) => sum + value * y[i], 0);
  return product(a, b) / Math.sqrt(product(a, a) * product(b, b));
}

describe('logits of an exported file are those of the runtime', () => {
  test.each(TINY_FAMILIES)('%s, with exits and dense', async (family) => {
    const checkpoint = tinyCheckpoint({ family });
    const batch = tinyBatch(checkpoint.config);
    const exitTable = tinyRandomTable(checkpoint.config);
    expect(await distance(checkpoint, batch, { exitTable })).toBeLessThan(1e-4);
    expect(await distance(checkpoint, batch)).toBeLessThan(1e-4);
  });

  test.each(['standard', 'onnxruntime'] as const)('opsets from first to last, for %s', async (target) => {
    const checkpoint = tinyCheckpoint({ family: 'gelu-tanh' });
    const exitTable = tinyRandomTable(checkpoint.config);
    for (const opset of [17, 18, 20, 21, 23])
      expect(await distance(checkpoint, tinyBatch(checkpoint.config), { exitTable, target, opset })).toBeLessThan(1e-4);
  });

  test.each(['none', 'tanh', 'relu', 'gelu', 'tanh+relu'] as const)(
    'a head with dense layer %s',
    async (dense: HeadDense) => {
      const config = tinyConfig();
      for (const task of ['sequence-classification', 'regression', 'token-classification'] as const) {
        const checkpoint = tinyCheckpoint({ heads: [tinyHead(task, config.layers, { dense })] });
        const exitTable = tinyRandomTable(config);
        expect(await distance(checkpoint, tinyBatch(config), { exitTable }), task).toBeLessThan(1e-4);
      }
    },
  );

  test('a head on an inner layer', async () => {
    const checkpoint = tinyCheckpoint({ heads: [tinyHead('sequence-classification', 2, { name: 'exit2' })] });
    const exitTable = tinyRandomTable(checkpoint.config);
    expect(await distance(checkpoint, tinyBatch(checkpoint.config), { head: 'exit2', exitTable })).toBeLessThan(1e-4);
  });

  test('first tokens that leave early, and layers that no token of a batch reaches', async () => {
    const checkpoint = tinyCheckpoint({ config: { layers: 4 } });
    const tokens = tinyCheckpoint({ config: { layers: 4 }, heads: [tinyHead('token-classification', 4)] });
    const table = tinyExitTable(checkpoint.config, (id) => (id === 49 ? 4 : 1 + (id % 2)));
    const exitTable = { ...table, exitLayer: table.exitLayer.map((layer, id) => (id < 5 ? 2 : layer)) };
    const shallow = collate([{ inputIds: [2, 7, 8, 3] }, { inputIds: [7, 6] }]);
    const mixed = collate([{ inputIds: [2, 7, 49, 3] }, { inputIds: [49, 6] }, { inputIds: [9] }]);
    for (const batch of [shallow, mixed])
      for (const target of ['standard', 'onnxruntime'] as const) {
        expect(await distance(checkpoint, batch, { exitTable, target })).toBeLessThan(1e-4);
        expect(await distance(tokens, batch, { exitTable, target })).toBeLessThan(1e-4);
      }
  });

  test('whichever sample the layers were planned for', async () => {
    const checkpoint = tinyCheckpoint();
    const exitTable = tinyRandomTable(checkpoint.config);
    const attention = new Set<string>();
    for (const length of [2, 12]) {
      const sample = tinyBatch(checkpoint.config, { lengths: new Array<number>(10).fill(length) });
      expect(await distance(checkpoint, tinyBatch(checkpoint.config), { exitTable, sample })).toBeLessThan(1e-4);
      attention.add((await exportOnnx(checkpoint, freshPath(), { exitTable, sample })).attention.join());
    }
    expect([...attention].join()).toContain('absorbed');
  });
});

describe('padding', () => {
  const rows = [
    [2, 11, 12, 13, 14, 3],
    [2, 21, 3],
    [2, 30, 31, 32, 3],
  ];
  const left = [rows[0], [undefined, undefined, undefined, ...rows[1]], [undefined, ...rows[2]]];
  const right = [rows[0], [...rows[1], undefined, undefined, undefined], [...rows[2], undefined]];
  const within = [rows[0], [undefined, 2, undefined, 21, undefined, 3], [2, 30, 31, undefined, 32, 3]];

  test.each(['bert', 'roberta', 'distilbert'] as const)('may stand anywhere (%s)', async (family) => {
    const checkpoint = tinyCheckpoint({ family });
    const path = freshPath();
    await exportOnnx(checkpoint, path, { exitTable: tinyRandomTable(checkpoint.config) });
    const alone: number[] = [];
    for (const row of rows) alone.push(...(await runFile(path, [row])).logits[0]);
    for (const padded of [left, right, within])
      expect(difference((await runFile(path, padded)).logits.flat(), alone)).toBeLessThan(1e-5);
  });

  test('keeps tags in their places', async () => {
    const checkpoint = tinyCheckpoint({ heads: [tinyHead('token-classification', 3)] });
    const path = freshPath();
    await exportOnnx(checkpoint, path, { exitTable: tinyRandomTable(checkpoint.config) });
    const C = 5;
    for (const padded of [left, right, within]) {
      const { logits, dims } = await runFile(path, padded);
      expect(dims).toEqual([3, 6, C]);
      for (const [b, row] of rows.entries()) {
        const alone = (await runFile(path, [row])).logits[0];
        const places = [...padded[b].keys()].filter((s) => padded[b][s] !== undefined);
        const kept = places.flatMap((s) => logits[b].slice(s * C, (s + 1) * C));
        expect(difference(kept, alone)).toBeLessThan(1e-5);
        const rest = logits[b].filter((_, i) => !places.includes(Math.floor(i / C)));
        expect(rest.every((value) => value === 0)).toBe(true);
      }
    }
  });

  test('a sequence without tokens harms nobody', async () => {
    const checkpoint = tinyCheckpoint();
    const path = freshPath();
    await exportOnnx(checkpoint, path, { exitTable: tinyRandomTable(checkpoint.config) });
    const nothing = [undefined, undefined, undefined];
    const { logits } = await runFile(path, [nothing, rows[1], nothing]);
    expect(difference(logits[1], (await runFile(path, [rows[1]])).logits[0])).toBeLessThan(1e-5);
    expect(logits.flat().every(Number.isFinite)).toBe(true);
  });
});

describe('q8', () => {
  const sizes = {
    hiddenSize: 128,
    headCount: 4,
    headSize: 32,
    heads: [4, 4, 4],
    intermediateSize: 256,
    vocabSize: 200,
  };

  test.each(['standard', 'onnxruntime'] as const)('is near float32 (%s)', async (target) => {
    const checkpoint = tinyCheckpoint({ config: sizes });
    const exitTable = tinyRandomTable(checkpoint.config);
    const batch = tinyBatch(checkpoint.config);
    // The full range is for processors that add up products in 32 bits.
    for (const reduceRange of cpuFeatures().exactInt8Sums === true ? [true, false] : [true]) {
      const { actual, expected } = await both(checkpoint, batch, { exitTable, target, dtype: 'q8', reduceRange });
      expect(difference(actual, expected)).toBeGreaterThan(0);
      expect(cosine(actual, expected)).toBeGreaterThan(0.98);
    }
  });

  test('is a quarter of the size', async () => {
    const checkpoint = tinyCheckpoint({ config: { ...sizes, vocabSize: 2000 } });
    const bytes = async (dtype: 'fp32' | 'q8'): Promise<number> =>
      (await exportOnnx(checkpoint, freshPath(), { dtype })).files[0].bytes;
    expect(await bytes('q8')).toBeLessThan(0.35 * (await bytes('fp32')));
  });
});

describe('files', () => {
  test('weights over the limit go to a file of their own', async () => {
    const checkpoint = tinyCheckpoint();
    const exitTable = tinyRandomTable(checkpoint.config);
    const batch = tinyBatch(checkpoint.config);
    for (const dtype of ['fp32', 'q8'] as const) {
      const path = freshPath();
      const progress: number[] = [];
      const { files } = await exportOnnx(checkpoint, path, {
        exitTable,
        dtype,
        inlineLimit: 1000,
        onProgress: ({ done, total }) => progress.push(done / total),
      });
      expect(files.map((file) => file.path)).toEqual([path, `${path}_data`]);
      expect(progress.at(-1)).toBe(1);
      const inside = await exportOnnx(checkpoint, freshPath(), { exitTable, dtype });
      const logits: Float32Array[] = [];
      for (const report of [{ files }, inside]) {
        const encoder = await openExport({ ...inside, ...report }, checkpoint, { exitTable, threads: 1 });
        logits.push((await encoder.forward(batch)).logits);
        await encoder.dispose();
      }
      expect(difference(logits[0], logits[1])).toBe(0);
    }
  });

  test('an aborted export leaves nothing behind', async () => {
    const controller = new AbortController();
    const target = join(folder, 'aborted');
    const refused = exportOnnx(tinyCheckpoint(), join(target, 'model.onnx'), {
      inlineLimit: 0,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await expect(refused).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await readdir(target)).toEqual([]);
  });

  test.each([
    [{ opset: 16 }, /opset must be from 17 to 23, got 16/],
    [{ dtype: 'int8' }, /dtype must be fp32 or q8, got "int8"/],
    [{ target: 'tensorrt' }, /target must be standard or onnxruntime/],
    [{ inlineLimit: 3e9 }, /inlineLimit must be from 0/],
    [{ dataFile: '../weights' }, /dataFile must be a plain file name/],
  ])('%j is refused', async (options, message) => {
    const error = await exportOnnx(tinyCheckpoint(), freshPath(), options as ExportOptions).catch((e: unknown) => e);
    expect(HasheeError.isInstance(error, 'INVALID_ARGUMENT')).toBe(true);
    expect((error as Error).message).toMatch(message);
  });

  test('a model without a head is refused', async () => {
    const refused = exportOnnx(tinyCheckpoint({ heads: [] }), freshPath());
    await expect(refused).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });
});
