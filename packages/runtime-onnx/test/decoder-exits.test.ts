import { join } from 'node:path';
import { loadSequenceToSequenceCheckpoint } from '@hashee/checkpoint';
import {
  collateTargets,
  crossProjectionMacs,
  decoderInputs,
  decoderTokenMacs,
  type ExitTable,
  type SequenceToSequenceCheckpoint,
  type SequenceToSequenceModel,
  selectSequences,
  vocabularyMacs,
} from '@hashee/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { onnx } from '../src/index.js';
import { difference, GOLDEN, goldenBatch, readGolden } from './golden-files.js';

/** On values of order 1 to 10; the expected values are float64. */
const TOLERANCE = 1e-4;

interface TrainingGolden {
  readonly batch: Parameters<typeof goldenBatch>[0];
  readonly labels: number[][];
  readonly decoderExitLayer: number[];
  readonly both: { readonly exitLayers: number[]; readonly logits: number[] };
}

describe.each(['bart', 'bart-scaled', 'cpt'])('%s: exits of source and target tokens', (family) => {
  const golden = readGolden<TrainingGolden>(family, 'training');
  const targets = collateTargets(golden.labels);
  const batch = goldenBatch(golden.batch, golden.both.exitLayers);
  const B = golden.labels.length;
  let checkpoint: SequenceToSequenceCheckpoint;
  let table: ExitTable;
  let model: SequenceToSequenceModel;
  let inputs: Int32Array;
  let V = 0;

  beforeAll(async () => {
    checkpoint = await loadSequenceToSequenceCheckpoint(join(GOLDEN, family));
    const { config } = checkpoint;
    const hash = { name: 'custom', parameters: {} };
    table = { layers: config.decoder.layers, exitLayer: Uint8Array.from(golden.decoderExitLayer), hash };
    model = await onnx({ threads: 1 }).loadSequenceToSequence!(checkpoint, { decoderExitTable: table });
    inputs = decoderInputs(targets, config);
    V = config.encoder.vocabSize;
  });
  afterAll(() => model.dispose());

  const given = (b: number): Int32Array => inputs.subarray(targets.offsets[b], targets.offsets[b + 1]);
  const expected = (b: number, n: number): number[] =>
    golden.both.logits.slice((targets.offsets[b] + n) * V, (targets.offsets[b] + n + 1) * V);

  test('logits of a whole output at once, as plain PyTorch computes them layer by layer', async () => {
    for (let b = 0; b < B; b++) {
      const decoding = await model.begin(selectSequences(batch, [b]));
      const scores = await decoding.append(given(b), { positions: 'all' });
      given(b).forEach((_, n) => {
        expect(difference(scores.subarray(n * V, (n + 1) * V), expected(b, n))).toBeLessThan(TOLERANCE);
      });
    }
  });

  test('token by token with the cache, where some steps compute no token of a layer', async () => {
    for (let b = 0; b < B; b++) {
      const decoding = await model.begin(selectSequences(batch, [b]));
      for (const [n, token] of given(b).entries()) {
        const scores = await decoding.append(Int32Array.of(token));
        expect(difference(scores, expected(b, n)), `output ${b}, token ${n}`).toBeLessThan(TOLERANCE);
      }
    }
  });

  test('all outputs side by side, in pieces, while hypotheses multiply and sources leave', async () => {
    const decoding = await model.begin(batch);
    let rows = Array.from({ length: B }, (_, b) => b);
    const step = async (from: number, to: number): Promise<void> => {
      const N = to - from;
      const tokens = Int32Array.from(rows.flatMap((b) => Array.from({ length: N }, (_, i) => given(b)[from + i] ?? 5)));
      const scores = await decoding.append(tokens, { positions: 'all' });
      rows.forEach((b, row) => {
        for (let n = from; n < Math.min(to, given(b).length); n++) {
          const at = row * N + n - from;
          expect(difference(scores.subarray(at * V, (at + 1) * V), expected(b, n))).toBeLessThan(TOLERANCE);
        }
      });
    };
    await step(0, 1);
    const parents = rows.flatMap((_, row) => [row, row]);
    decoding.select(parents);
    rows = parents.map((row) => rows[row]);
    await step(1, 3);
    decoding.select([4 * 2, 4 * 2 + 1, 1, 0]);
    rows = [4, 4, 0, 0];
    await step(3, 4);
    await step(4, 7);
  });

  test('a table without exits is the dense decoder', async () => {
    const full = { ...table, exitLayer: new Uint8Array(V).fill(table.layers) };
    const backend = onnx({ threads: 1 });
    const answers = [];
    for (const decoderExitTable of [full, null]) {
      const other = await backend.loadSequenceToSequence!(checkpoint, { decoderExitTable });
      answers.push(await (await other.begin(batch)).append(new Int32Array(B).fill(7)));
      await other.dispose();
    }
    expect(difference(answers[0], answers[1])).toBe(0);
  });

  test('the account counts what ran, and what a dense decoder would have', async () => {
    const { config } = checkpoint;
    const decoding = await model.begin(selectSequences(batch, [2]));
    const source = batch.offsets[3] - batch.offsets[2];
    const tokens = Int32Array.of(6, 9, 12);
    await decoding.append(tokens.subarray(0, 1));
    await decoding.append(tokens.subarray(1));
    const exits = Array.from(tokens, (id) => table.exitLayer[id]);
    const base = crossProjectionMacs(config, source) + 2 * vocabularyMacs(config);
    const sum = (layers: number[]): number =>
      layers.reduce((total, layer, n) => total + decoderTokenMacs(config, n + 1, source, layer), base);
    expect(decoding.account().decoder).toMatchObject({
      tokens: 3,
      exitLayers: exits.reduce((a, b) => a + b),
      macs: sum(exits),
      denseMacs: sum(exits.map(() => config.decoder.layers)),
    });
  });

  test('refuses a table of another depth', async () => {
    const wrong = { ...table, layers: table.layers + 1 };
    await expect(
      onnx({ threads: 1 }).loadSequenceToSequence!(checkpoint, { decoderExitTable: wrong }),
    ).rejects.toMatchObject({ code: 'TABLE_MISMATCH' });
  });
});
