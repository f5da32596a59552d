import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Checkpoint, collate } from '@hashee/core';
import { tinyCheckpoint, tinyHead, tinyRandomTable } from '@hashee/core/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ExportOptions, exportOnnx, exportSequenceToSequence } from '../src/export/index.js';
import { onnx } from '../src/index.js';
import { difference } from './golden-files.js';
import { randomSequenceToSequence } from './random-sequence-to-sequence.js';

const python = process.env['HASHEE_PYTHON'] ?? 'python3';
const present = spawnSync(python, ['-c', 'import numpy, onnx, onnxruntime']).status === 0;
const reason = present ? '' : `: skipped, ${python} (HASHEE_PYTHON) lacks numpy, onnx or onnxruntime`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hashee-export-python-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe.skipIf(!present)(`Python${reason}`, () => {
  test("onnx's checker accepts exported files, and onnxruntime answers as the runtime does", async () => {
    const sizes = { hiddenSize: 128, headCount: 4, headSize: 32, heads: [4, 4, 4], intermediateSize: 256 };
    const tags = { heads: [tinyHead('token-classification', 3)] };
    const variants: [Checkpoint, ExportOptions][] = [
      [tinyCheckpoint(), {}],
      [tinyCheckpoint(), { exitTable: null }],
      [tinyCheckpoint(), { opset: 20 }],
      [tinyCheckpoint(), { opset: 23 }],
      [tinyCheckpoint(), { target: 'onnxruntime' }],
      [tinyCheckpoint(), { inlineLimit: 0 }],
      [tinyCheckpoint(tags), {}],
      [tinyCheckpoint({ family: 'roberta' }), {}],
      [tinyCheckpoint({ family: 'distilbert' }), {}],
      [tinyCheckpoint({ family: 'albert' }), {}],
      [tinyCheckpoint({ config: sizes }), { dtype: 'q8' }],
      [tinyCheckpoint({ config: sizes }), { dtype: 'q8', target: 'onnxruntime' }],
    ];
    const feeds = {
      input_ids: [
        [2, 11, 12, 13, 3],
        [0, 0, 2, 21, 3],
      ],
      attention_mask: [
        [1, 1, 1, 1, 1],
        [0, 0, 1, 1, 1],
      ],
      token_type_ids: [
        [0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0],
      ],
    };
    const batch = collate([{ inputIds: [2, 11, 12, 13, 3] }, { inputIds: [2, 21, 3] }]);
    const cases: { path: string; feeds: typeof feeds }[] = [];
    const expected: { logits: Float32Array; tags: boolean; tolerance: number }[] = [];
    for (const [index, [checkpoint, options]] of variants.entries()) {
      const exitTable = options.exitTable === null ? null : tinyRandomTable(checkpoint.config);
      const path = join(folder, `${index}.onnx`);
      await exportOnnx(checkpoint, path, { exitTable, ...options });
      const encoder = await onnx({ threads: 1 }).load(checkpoint, { exitTable });
      const { logits } = await encoder.forward(batch);
      await encoder.dispose();
      cases.push({ path, feeds });
      const spread = Math.max(...logits.map(Math.abs));
      expected.push({
        logits,
        tags: checkpoint.heads[0].task === 'token-classification',
        tolerance: options.dtype === 'q8' ? 0.3 * spread : 1e-4,
      });
    }
    await writeFile(join(folder, 'cases.json'), JSON.stringify(cases));
    const script = join(import.meta.dirname, 'export-check.py');
    const output = execFileSync(python, [script, join(folder, 'cases.json')], { encoding: 'utf8' });
    const answers = JSON.parse(output) as { shape: number[]; logits: number[] }[];
    for (const [index, { shape, logits }] of answers.entries()) {
      const { logits: wanted, tags, tolerance } = expected[index];
      expect(shape).toEqual(tags ? [2, 5, 5] : [2, 3]);
      // Of the second sequence the first two places are padding.
      const read = tags ? [...logits.slice(0, 25), ...logits.slice(35)] : logits;
      expect(difference(read, wanted), `case ${index}`).toBeLessThan(tolerance);
    }
  }, 180_000);

  test('the two files of an encoder-decoder too, in the first step and in a later one', async () => {
    const checkpoint = randomSequenceToSequence();
    const { encoder, decoder } = checkpoint.config;
    const { vocabSize, layers, hiddenSize: H } = encoder;
    const exitLayer = Uint8Array.from({ length: vocabSize }, (_, id) => 1 + (id % layers));
    const exitTable = { layers, exitLayer, hash: { name: 'custom', parameters: {} } };
    const model = await onnx({ threads: 1 }).loadSequenceToSequence!(checkpoint, { exitTable });
    const sources = [
      [0, 11, 12, 13, 2],
      [0, 21, 2],
    ];
    const decoding = await model.begin(collate(sources.map((inputIds) => ({ inputIds }))));
    const first = Float32Array.from(await decoding.append(Int32Array.of(2, 2)));
    const second = Float32Array.from(await decoding.append(Int32Array.of(9, 8)));
    const padded = new Float32Array(2 * 5 * H);
    padded.set(decoding.memory.subarray(0, 5 * H));
    padded.set(decoding.memory.subarray(5 * H), 5 * H);
    await model.dispose();

    const mask = [
      [1, 1, 1, 1, 1],
      [1, 1, 1, 0, 0],
    ];
    const input_ids = [
      [0, 11, 12, 13, 2],
      [0, 21, 2, 1, 1],
    ];
    const states = { type: 'float32', shape: [2, 5, H], values: Array.from(padded) };
    const nothing = { type: 'float32', shape: [2, decoder.heads, 0, decoder.headSize], values: [] };
    const past = Object.fromEntries(
      Array.from({ length: decoder.layers }, (_, layer) =>
        ['decoder', 'encoder'].flatMap((side) =>
          ['key', 'value'].map((of) => [`past_key_values.${layer}.${side}.${of}`, nothing] as const),
        ),
      ).flat(),
    );
    const step = (tokens: number[][]): object => ({
      ...past,
      input_ids: tokens,
      encoder_hidden_states: states,
      encoder_attention_mask: mask,
      use_cache_branch: { type: 'bool', shape: [1], values: [false] },
    });
    const cases: object[] = [];
    for (const [index, options] of [{}, { opset: 23 }, { dtype: 'q8' }, { inlineLimit: 0 }].entries()) {
      const target = join(folder, `seq2seq-${index}`);
      await exportSequenceToSequence(checkpoint, target, { exitTable, ...options } as object);
      const suffix = 'dtype' in options ? '_quantized' : '';
      cases.push(
        {
          path: join(target, `encoder_model${suffix}.onnx`),
          output: 'last_hidden_state',
          feeds: { input_ids, attention_mask: mask },
        },
        // Both tokens at once answer what the runtime answers one after the other.
        {
          path: join(target, `decoder_model_merged${suffix}.onnx`),
          feeds: step([
            [2, 9],
            [2, 8],
          ]),
        },
      );
    }
    await writeFile(join(folder, 'seq2seq.json'), JSON.stringify(cases));
    const script = join(import.meta.dirname, 'export-check.py');
    const output = execFileSync(python, [script, join(folder, 'seq2seq.json')], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    const answers = JSON.parse(output) as { shape: number[]; logits: number[] }[];
    for (const [index, { shape, logits }] of answers.entries()) {
      const q8 = index === 4 || index === 5;
      if (index % 2 === 0) {
        expect(shape).toEqual([2, 5, H]);
        expect(difference(logits.slice(0, 8 * H), padded.subarray(0, 8 * H))).toBeLessThan(q8 ? 0.5 : 1e-4);
        continue;
      }
      expect(shape).toEqual([2, 2, vocabSize]);
      const row = (b: number, n: number): number[] =>
        logits.slice((2 * b + n) * vocabSize, (2 * b + n + 1) * vocabSize);
      for (const b of [0, 1])
        for (const [n, wanted] of [first, second].entries())
          expect(difference(row(b, n), wanted.subarray(b * vocabSize, (b + 1) * vocabSize))).toBeLessThan(
            q8 ? 0.5 : 1e-4,
          );
    }
  }, 180_000);
});
