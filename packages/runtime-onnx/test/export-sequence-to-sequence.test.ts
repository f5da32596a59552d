import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSequenceToSequenceCheckpoint } from '@hashee/checkpoint';
import { collate, type ExitTable, type SequenceToSequenceCheckpoint, type TokenBatch } from '@hashee/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type ExportProgress,
  exportSequenceToSequence,
  type SequenceToSequenceExportOptions,
} from '../src/export/index.js';
import { onnx } from '../src/index.js';
import { type ExportedRun, runExported } from './export-run-sequence-to-sequence.js';
import { difference } from './golden-files.js';
import { randomSequenceToSequence } from './random-sequence-to-sequence.js';

const GOLDEN = join(import.meta.dirname, 'golden');
const SOURCES = [
  [0, 11, 12, 5, 13, 14, 9, 2],
  [0, 21, 2],
  [0, 31, 5, 33, 34, 2],
];
/** Three tokens at once, then one after the other. */
const STEPS = [
  [
    [2, 17, 9],
    [2, 8, 30],
    [2, 5, 5],
  ],
  [[12], [13], [14]],
  [[9], [7], [31]],
];

let root: string;
let count = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'hashee-export-seq2seq-'));
});
afterAll(() => rm(root, { recursive: true }));

function sourcesOf({ config }: SequenceToSequenceCheckpoint): TokenBatch {
  return collate(
    SOURCES.map((inputIds) => ({
      inputIds,
      tokenTypeIds: new Uint8Array(inputIds.length).fill(config.sourceSegment),
    })),
  );
}

/** Exit layers 1 to L over the vocabulary, special tokens in the last one. */
function tableFor({ config }: SequenceToSequenceCheckpoint, most = config.encoder.layers): ExitTable {
  const { layers, vocabSize } = config.encoder;
  const exitLayer = Uint8Array.from({ length: vocabSize }, (_, id) => (id < 4 ? most : 1 + ((id * 7) % most)));
  return { layers, exitLayer, hash: { name: 'custom', parameters: {} } };
}

/** What the runtime gives for the same sources and tokens. */
async function expectedOf(
  checkpoint: SequenceToSequenceCheckpoint,
  exitTable: ExitTable | null,
  decoderExitTable: ExitTable | null = null,
): Promise<ExportedRun> {
  const model = await onnx({ threads: 1 }).loadSequenceToSequence!(checkpoint, { exitTable, decoderExitTable });
  const decoding = await model.begin(sourcesOf(checkpoint));
  try {
    const logits: Float32Array[] = [];
    for (const step of STEPS)
      logits.push(Float32Array.from(await decoding.append(Int32Array.from(step.flat()), { positions: 'all' })));
    return { memory: decoding.memory, logits };
  } finally {
    decoding.dispose();
    await model.dispose();
  }
}

async function distances(
  checkpoint: SequenceToSequenceCheckpoint,
  options: SequenceToSequenceExportOptions,
  left = false,
): Promise<number[]> {
  const folder = join(root, String(count++));
  await exportSequenceToSequence(checkpoint, folder, options);
  const suffix = options.dtype === 'q8' ? '_quantized' : '';
  const actual = await runExported(folder, checkpoint.config, sourcesOf(checkpoint), STEPS, { suffix, left });
  const expected = await expectedOf(checkpoint, options.exitTable ?? null, options.decoderExitTable);
  return [
    difference(actual.memory, expected.memory),
    ...actual.logits.map((logits, step) => difference(logits, expected.logits[step])),
  ];
}

describe('states and logits of exported encoder-decoders are those of the runtime', () => {
  test.each(['bart', 'bart-scaled', 'cpt'])('%s, with exits and dense', async (name) => {
    const checkpoint = await loadSequenceToSequenceCheckpoint(join(GOLDEN, name));
    const exitTable = tableFor(checkpoint);
    for (const target of ['standard', 'onnxruntime'] as const)
      for (const left of [false, true])
        for (const options of [{ exitTable }, { exitTable: null }])
          for (const distance of await distances(checkpoint, { ...options, target }, left))
            expect(distance).toBeLessThan(1e-4);
  });

  test.each([17, 18, 20, 23])('opset %i', async (opset) => {
    const checkpoint = randomSequenceToSequence();
    for (const distance of await distances(checkpoint, { opset, exitTable: tableFor(checkpoint) }))
      expect(distance).toBeLessThan(1e-4);
  });

  test('absorbed and projected attention, and a table whose tokens all leave before the last layer', async () => {
    const checkpoint = await loadSequenceToSequenceCheckpoint(join(GOLDEN, 'bart'));
    for (const attention of ['absorbed', 'projected'] as const)
      for (const most of [4, 2])
        for (const distance of await distances(checkpoint, { attention, exitTable: tableFor(checkpoint, most) }))
          expect(distance).toBeLessThan(1e-4);
  });

  test.each(['bart', 'cpt'])('%s with exits of the decoder too', async (name) => {
    const checkpoint = await loadSequenceToSequenceCheckpoint(join(GOLDEN, name));
    const { decoder, encoder } = checkpoint.config;
    const exitLayer = Uint8Array.from({ length: encoder.vocabSize }, (_, id) => 1 + (id % decoder.layers));
    const decoderExitTable = { layers: decoder.layers, exitLayer, hash: { name: 'custom', parameters: {} } };
    for (const distance of await distances(checkpoint, { exitTable: tableFor(checkpoint), decoderExitTable }))
      expect(distance).toBeLessThan(1e-4);
    const [dense, exits] = await Promise.all(
      [null, decoderExitTable].map((table) => expectedOf(checkpoint, null, table)),
    );
    expect(difference(dense.logits[1], exits.logits[1])).toBeGreaterThan(1e-3);
  });

  test('weights in a file of their own', async () => {
    const checkpoint = randomSequenceToSequence();
    const folder = join(root, String(count++));
    const { decoder } = await exportSequenceToSequence(checkpoint, folder, { inlineLimit: 0 });
    expect((await readdir(folder)).sort()).toEqual([
      'decoder_model_merged.onnx',
      'decoder_model_merged.onnx_data',
      'encoder_model.onnx',
      'encoder_model.onnx_data',
    ]);
    expect(decoder.files).toHaveLength(2);
    const { memory } = await runExported(folder, checkpoint.config, sourcesOf(checkpoint), STEPS);
    expect(difference(memory, (await expectedOf(checkpoint, null)).memory)).toBeLessThan(1e-4);
  });

  test.each(['standard', 'onnxruntime'] as const)('8 bits stay close, for %s', async (target) => {
    const checkpoint = randomSequenceToSequence();
    const exitTable = tableFor(checkpoint);
    const exact = await expectedOf(checkpoint, exitTable);
    const [, ...logits] = await distances(checkpoint, { dtype: 'q8', target, exitTable });
    const spread = Math.max(...exact.logits[0].map(Math.abs));
    for (const distance of logits) {
      expect(distance).toBeGreaterThan(0);
      expect(distance).toBeLessThan(0.1 * spread);
    }
  });

  test('a tied vocabulary is in the file once', async () => {
    const checkpoint = randomSequenceToSequence();
    const sizes: number[] = [];
    for (const tiedVocabulary of [true, false]) {
      const folder = join(root, String(count++));
      await exportSequenceToSequence({ ...checkpoint, config: { ...checkpoint.config, tiedVocabulary } }, folder);
      sizes.push((await stat(join(folder, 'decoder_model_merged.onnx'))).size);
    }
    const { vocabSize, hiddenSize } = checkpoint.config.encoder;
    const saved = sizes[1] - sizes[0];
    expect(saved).toBeGreaterThan(4 * vocabSize * hiddenSize - 1000);
    expect(saved).toBeLessThan(4 * vocabSize * hiddenSize + 1000);
  });

  test('tells how far it is over both files, and two dtypes can be written at once', async () => {
    const checkpoint = randomSequenceToSequence();
    const folder = join(root, String(count++));
    const events: Record<string, ExportProgress[]> = { fp32: [], q8: [] };
    await Promise.all(
      (['fp32', 'q8'] as const).map((dtype) =>
        exportSequenceToSequence(checkpoint, folder, { dtype, onProgress: (event) => events[dtype].push(event) }),
      ),
    );
    const files = ['decoder_model_merged', 'encoder_model'].flatMap((name) => [
      `${name}.onnx`,
      `${name}_quantized.onnx`,
    ]);
    expect((await readdir(folder)).sort()).toEqual(files);
    for (const told of Object.values(events)) {
      const { total } = told[0];
      expect(told.every((event, i) => event.total === total && event.done > (told[i - 1]?.done ?? 0))).toBe(true);
      expect(told.at(-1)?.done).toBe(total);
    }
    expect((await readdir(root)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test.each([0, 1e9])(
    'stopped in its last file, it leaves no half model (weights inside up to %d)',
    async (inlineLimit) => {
      const checkpoint = randomSequenceToSequence();
      const [parent, fresh, old] = [join(root, String(count++)), 'fresh', 'old'];
      await exportSequenceToSequence(checkpoint, join(parent, old), { inlineLimit });
      const contents = async (): Promise<[string, string][]> => {
        const entries = await readdir(parent, { recursive: true, withFileTypes: true });
        const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
        return Promise.all(paths.sort().map(async (path) => [path, await readFile(path, 'base64')]));
      };
      const before = await contents();
      for (const name of [fresh, old]) {
        const controller = new AbortController();
        const changed = { ...checkpoint, exitTable: tableFor(checkpoint) };
        const stopped = exportSequenceToSequence(changed, join(parent, name), {
          ...{ inlineLimit, signal: controller.signal },
          onProgress: ({ done, total }) => {
            if (done === total) controller.abort();
          },
        });
        await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' });
        expect(await contents()).toEqual(before);
        expect(await readdir(parent)).toEqual([old]);
      }
    },
  );

  test('refuses a table of another model, and what a file has no way to say', async () => {
    const checkpoint = randomSequenceToSequence();
    const exitTable = { ...tableFor(checkpoint), layers: 5 };
    const folder = join(root, String(count++));
    await expect(exportSequenceToSequence(checkpoint, folder, { exitTable })).rejects.toMatchObject({
      code: 'TABLE_MISMATCH',
    });
    await expect(exportSequenceToSequence(checkpoint, folder, { opset: 16 })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    const signal = AbortSignal.abort();
    await expect(exportSequenceToSequence(checkpoint, folder, { signal })).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(readdir(folder)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
