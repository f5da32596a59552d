import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadTokenizer } from '@hashee/checkpoint';
import { collate, type ExitTable } from '@hashee/core';
import { onnx } from '@hashee/runtime-onnx';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { ownEncoder, ownGenerator, plainEncoder } from '../long-sources/contenders.mjs';
import { DIVISIONS, exitTables, longSources } from '../long-sources/material.mjs';
import { profileEncoder } from '../long-sources/profile.mjs';
import { bartConfig, randomWeights } from '../long-sources/random-bart.mjs';
import { markdown, summary, verdicts, withLookUps } from '../long-sources/report.mjs';
import { put, type Results, SCHEMA_VERSION } from '../long-sources/results.mjs';

// Loading ONNX Runtime takes its time on a busy machine.
vi.setConfig({ testTimeout: 180_000 });

const folder = mkdtempSync(join(tmpdir(), 'hashee-long-sources-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const config = bartConfig({
  ...{ hiddenSize: 32, layers: 3, headCount: 4, intermediateSize: 48, vocabSize: 30_600, maxLength: 160 },
});
/** Made by the first call, and read by the others. */
const weights = () => randomWeights(config, folder, 1);
const sources = collate(
  Array.from({ length: 3 }, (_, b) => ({ inputIds: Array.from({ length: 140 }, (_, s) => (s * 31 + b * 7) % 30_000) })),
);
const table: ExitTable = {
  layers: 3,
  exitLayer: Uint8Array.from({ length: 30_600 }, (_, id) => 1 + (id % 3)),
  hash: { name: 'custom', parameters: {} },
};

describe('what is timed', () => {
  test('weights are made once and mapped', async () => {
    const [first, again] = [await weights(), await weights()];
    expect(again.location('layers.1.up.weight')).toEqual(first.location('layers.1.up.weight'));
    const values = await first.read('layers.2.down.weight');
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);
    expect(deviation).toBeGreaterThan(0.018);
    expect(deviation).toBeLessThan(0.022);
  });

  test('the plain encoder and our dense one give the same states', async () => {
    const plain = await plainEncoder(config.encoder, await weights(), 1);
    const own = await onnx({ threads: 1 }).load({ config: config.encoder, heads: [], weights: await weights() });
    await plain.encode(sources);
    const { hidden } = await own.forward(sources, { hidden: true });
    const states = plain.states();
    expect(states).toHaveLength(140 * 3 * 32);
    states.forEach((value, i) => {
      expect(value).toBeCloseTo(hidden![i], 4);
    });
    await plain.dispose();
    await own.dispose();
  });

  test('an encoder with exits tells what it left out', async () => {
    const encoder = await ownEncoder('exits', config.encoder, await weights(), { table, threads: 1, dtype: 'fp32' });
    expect(encoder.facts()).toBeUndefined();
    await encoder.encode(sources);
    const { layerSpeedup, countedSpeedup, attention } = encoder.facts()!;
    expect(layerSpeedup).toBeGreaterThan(1.3);
    expect(layerSpeedup).toBeLessThan(1.7);
    expect(countedSpeedup).toBeGreaterThan(1);
    expect(countedSpeedup).toBeLessThan(layerSpeedup);
    expect(attention).toMatch(/^p[ap]{2}$/);
    await encoder.dispose();
  });

  test('a profile counts the operators of every run', async () => {
    const options = { table, threads: 1, batch: sources, runs: 2 };
    const { milliseconds, operators } = await profileEncoder(config.encoder, await weights(), options);
    const calls = new Map(operators.map((operator) => [operator.operator, operator.calls]));
    // Three sequences are two runs, each with a LayerNorm below layer 1 and two in every layer.
    expect(calls.get('LayerNormalization')).toBe(2 * 7);
    expect(operators.reduce((sum, operator) => sum + operator.milliseconds, 0)).toBeGreaterThan(0);
    expect(milliseconds).toBeGreaterThan(0);
  });
});

const tokenizerFolder = fileURLToPath(new URL('../../../.cache/all-MiniLM-L6-v2', import.meta.url));
const data = process.env['HASHEE_DATA'] ?? fileURLToPath(new URL('../../../../shared/data', import.meta.url));
const present = existsSync(join(tokenizerFolder, 'tokenizer.json')) && existsSync(join(data, 'cnndm'));

describe.skipIf(!present)('with the articles of cnndm', () => {
  test('sources are cut to one length, and the tables meet what they are for', async () => {
    const tokenizer = await loadTokenizer(tokenizerFolder, { segments: 0 });
    const { batch, texts } = await longSources({ data, tokenizer, length: 150, count: 4 });
    expect([...batch.offsets]).toEqual([0, 150, 300, 450, 600]);
    expect(texts).toHaveLength(4);
    const divisions = ['6 buckets', '2x'] as const;
    const encoder = { ...config.encoder, layers: 6 };
    const tables = await exitTables({ data, tokenizer, config: encoder, divisions });
    expect([...tables.keys()]).toEqual([...divisions]);
    expect(tables.get('2x')!.exitLayer).toHaveLength(30_600);
    const exits = [...batch.inputIds].map((id) => tables.get('2x')!.exitLayer[id]);
    const speedup = (6 * exits.length) / exits.reduce((sum, exit) => sum + exit, 0);
    expect(speedup).toBeGreaterThan(1.8);
    expect(speedup).toBeLessThan(2.3);
    expect(Object.keys(DIVISIONS)).toContain('3x');

    const generator = await ownGenerator({ config, weights: await weights(), tokenizer, table, threads: 1 });
    const options = { length: 150, newTokens: 5, numBeams: 2 };
    const { generatedTokens, encoderMilliseconds, decoderMilliseconds, milliseconds } = await generator.run(
      texts,
      options,
    );
    await generator.dispose();
    expect(generatedTokens).toBe(4 * 5);
    expect(encoderMilliseconds + decoderMilliseconds).toBeLessThan(milliseconds);
  });
});

const speedup = (median: number) => ({ median, low: median, high: median, level: 0.95, pairs: 1 });
const measured = {
  ...{ threads: 1, length: 512, batchSize: 8, dtype: 'fp32', rounds: 1, load: 0, date: '2026-01-02T03:04:05Z' },
  rows: [
    {
      name: 'dense',
      milliseconds: [400],
      cpuMilliseconds: [399],
      speedup: speedup(1),
      overPlain: speedup(1.1),
      layerSpeedup: 1,
    },
    { name: 'plain', milliseconds: [440], speedup: speedup(0.9), overPlain: speedup(1) },
    {
      name: '2x',
      milliseconds: [210],
      cpuMilliseconds: [210],
      speedup: speedup(1.9),
      overPlain: speedup(1.7),
      layerSpeedup: 2,
      attention: 'pppppa',
    },
  ],
};
const empty: Results = { schemaVersion: SCHEMA_VERSION, cases: [], generations: [], profiles: [] };

describe('the page', () => {
  test('says of each case whether it is reached', () => {
    expect(verdicts([measured])).toEqual([
      '- 2x, fp32, 1 thread, 8 × 512: 0.950, reached over our dense encoder; 0.850, missed over the plain one',
    ]);
  });

  test('counts the cases that reach it, over each dense encoder', () => {
    expect(summary([measured, measured])).toEqual([
      'Over the plain encoder, which is what others run: in 0 of 2 cases, shares from 0.85 to 0.85.',
      'Over our own dense encoder, which is faster: in 2 of 2 cases, shares from 0.95 to 0.95.',
    ]);
  });

  test('shows an interval from six pairs on, and how many there are', () => {
    const ofPairs = (pairs: number) => ({ median: 1.9, low: 1.8, high: 2, level: 0.95, pairs });
    const [dense, , exits] = measured.rows;
    const page = (pairs: number) =>
      markdown({ ...empty, cases: [{ ...measured, rows: [dense, { ...exits, speedup: ofPairs(pairs) }] }] });
    expect(page(5)).toContain('| 2x | 38.10 | 1.90 | 5 |');
    expect(page(6)).toContain('| 2x | 38.10 | 1.90 (1.80 to 2.00) | 6 |');
  });

  test('look-ups take the same off both sides of the count', () => {
    expect(withLookUps(1, 512)).toBeCloseTo(1);
    // 80 H² a token dense, 20 with exits: 77 / 17.
    expect(withLookUps(4, 512)).toBeCloseTo(77 / 17);
  });

  test('a case that is measured again is replaced, and cases are in order', () => {
    const keys = ['threads', 'length', 'batchSize', 'dtype'];
    let results = put(empty, 'cases', keys, { ...measured, batchSize: 32 });
    results = put(results, 'cases', keys, measured);
    results = put(results, 'cases', keys, { ...measured, batchSize: 32, load: 0.5 });
    expect(results.cases.map(({ batchSize, load }) => [batchSize, load])).toEqual([
      [8, 0],
      [32, 0.5],
    ]);
  });

  test('holds throughput, both speed-ups and the decoder', () => {
    const times = { milliseconds: 1000, encoderMilliseconds: 600, decoderMilliseconds: 400 };
    const generations = [
      {
        ...{ threads: 1, length: 512, batchSize: 8, numBeams: 4, newTokens: 60, exits: '2x' },
        ...{ dense: times, withExits: { milliseconds: 700, encoderMilliseconds: 300, decoderMilliseconds: 400 } },
      },
    ];
    const page = markdown({ ...empty, cases: [measured], generations });
    expect(page).toContain(
      '| fp32, 1 thread, 8 × 512 | 2x | 38.10 | 1.90 | 1 | 2.00 |  | **0.95** | 1.90, 0.95 | 1.70, 0.85 | pppppa |',
    );
    expect(page).toContain(
      '| 1 thread, 8 × 512, 4 beams, 60 new tokens | 2x | 1.00 | 40 % | 0.70 | 57 % | 2.00 | 1.43 |',
    );
  });
});
