import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Checkpoint, collate } from '@hashee/core';
import { tinyCheckpoint, tinyHead, tinyRandomTable } from '@hashee/core/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ExportOptions, exportOnnx } from '../src/export/index.js';
import { onnx } from '../src/index.js';
import { difference } from './golden-files.js';

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
});
