import { collate, type TokenBatch } from '@hashee/core';
import {
  type TinyFamily,
  tinyBatch,
  tinyCheckpoint,
  tinyConfig,
  tinyHead,
  tinyRandomTable,
} from '@hashee/core/testing';
import { describe, expect, test } from 'vitest';
import { isLong, longRuns } from '../src/encoder/long-runs.js';
import { onnx } from '../src/index.js';

/** Two runs, two equal ones, and four where some sequences are short. */
const BATCHES = [
  [150, 190, 131],
  [140, 200, 128, 160, 133, 171, 155, 129, 148, 180, 137, 166, 142, 151, 200, 130],
  [200, 1, 200, 199, 40, 200, 200, 200, 200, 200, 3, 200, 200, 200, 200],
];
const FAMILIES: readonly TinyFamily[] = [
  'bert',
  'roberta',
  'distilbert',
  'electra',
  'pruned',
  'wide-heads',
  'one-layer',
];

function alone({ inputIds, tokenTypeIds, exitLayers, offsets }: TokenBatch, b: number): TokenBatch {
  const [from, to] = [offsets[b], offsets[b + 1]];
  return collate([
    {
      inputIds: inputIds.slice(from, to),
      tokenTypeIds: tokenTypeIds.slice(from, to),
      ...(exitLayers ? { exitLayers: exitLayers.slice(from, to) } : {}),
    },
  ]);
}

function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i] - b[i]));
  return largest;
}

describe('batches of long sequences', () => {
  test('are cut into runs that hold each sequence once, those with like work together', () => {
    for (const lengths of BATCHES) {
      const offsets = Int32Array.from([0, ...lengths]);
      for (let b = 0; b < lengths.length; b++) offsets[b + 1] += offsets[b];
      const exits = Uint8Array.from({ length: offsets[lengths.length] }, (_, t) => 1 + ((t * t) % 5));
      expect(isLong(offsets)).toBe(true);
      const runs = longRuns(offsets, exits);
      expect(runs.map((run) => run.length)).toEqual({ 3: [2, 1], 15: [8, 4, 2, 1], 16: [8, 8] }[lengths.length]);
      expect(runs.flatMap((run) => [...run]).sort((a, b) => a - b)).toEqual([...lengths.keys()]);
      const work = runs.map((run) =>
        Array.from(run, (b) => exits.slice(offsets[b], offsets[b + 1]).reduce((sum, exit) => sum + exit - 1, 0)),
      );
      for (let run = 1; run < runs.length; run++)
        expect(Math.min(...work[run])).toBeGreaterThanOrEqual(Math.max(...work[run - 1]));
    }
    expect(isLong(Int32Array.of(0, 60, 120))).toBe(false);
    expect(isLong(Int32Array.of(0))).toBe(false);
  });

  const cases = FAMILIES.flatMap((family) =>
    (['sequence-classification', 'token-classification'] as const).map((task) => [family, task] as const),
  );
  test.each(cases)('%s, %s: each sequence gets what it gets alone', async (family, task) => {
    const config = tinyConfig(family, { maxLength: 200 });
    const L = config.layers;
    const model = tinyCheckpoint({ config, heads: [tinyHead(task, L)], exitTable: tinyRandomTable(config, 4) });
    for (const attention of ['auto', 'projected', 'absorbed'] as const) {
      const encoder = await onnx({ threads: 1, attention }).load(model);
      for (const [index, lengths] of BATCHES.entries()) {
        if (index > 0 && attention !== 'auto') continue;
        const batch = tinyBatch(config, { lengths, seed: index + 1 });
        const exits = Uint8Array.from(batch.inputIds, (_, t) => 1 + ((t * 5 + 2) % L));
        // In every third sequence no token gets beyond layer 1.
        for (let b = 0; b < lengths.length; b += 3) exits.fill(1, batch.offsets[b], batch.offsets[b + 1]);
        for (const whole of index === 0 ? [batch, { ...batch, exitLayers: exits }] : [{ ...batch, exitLayers: exits }])
          for (const hidden of [false, true]) {
            const output = await encoder.forward(whole, { hidden });
            const H = config.hiddenSize;
            let macs = 0;
            for (const b of lengths.keys()) {
              const own = await encoder.forward(alone(whole, b), { hidden });
              const [from, to] =
                task === 'token-classification' ? [whole.offsets[b], whole.offsets[b + 1]] : [b, b + 1];
              const C = output.labels;
              expect(difference(output.logits.subarray(from * C, to * C), own.logits)).toBeLessThan(2e-5);
              if (hidden)
                expect(
                  difference(output.hidden!.subarray(whole.offsets[b] * H, whole.offsets[b + 1] * H), own.hidden!),
                ).toBeLessThan(2e-5);
              const layers = output.account.exitLayers.subarray(whole.offsets[b], whole.offsets[b + 1]);
              expect([...layers]).toEqual([...own.account.exitLayers]);
              macs += own.account.macs;
            }
            if (hidden && attention === 'projected') expect(output.account.macs).toBe(macs);
          }
      }
      await encoder.dispose();
    }
  });

  test('look their projections up, which changes nothing', async () => {
    const config = tinyConfig('bert', { maxLength: 200, embeddingScale: 1.5 });
    const model = tinyCheckpoint({ config, exitTable: tinyRandomTable(config, 2) });
    const cached = await onnx({ threads: 1 }).load(model);
    const plain = await onnx({ threads: 1, cacheProjections: false }).load(model);
    for (const lengths of BATCHES) {
      const batch = tinyBatch(config, { lengths });
      const [own, wanted] = [
        await cached.forward(batch, { hidden: true }),
        await plain.forward(batch, { hidden: true }),
      ];
      expect(difference(own.hidden!, wanted.hidden!)).toBeLessThan(2e-5);
      expect(own.account.macs).toBe(wanted.account.macs);
    }
    await cached.dispose();
    await plain.dispose();
  });

  test('in 8 bits are as near to fp32 as they are alone', async () => {
    const config = tinyConfig('bert', { maxLength: 200, hiddenSize: 192, intermediateSize: 256 });
    const model = tinyCheckpoint({ config, exitTable: tinyRandomTable(config, 2) });
    const [full, quantized] = await Promise.all(
      (['fp32', 'q8'] as const).map((dtype) => onnx({ threads: 1 }).load(model, { dtype })),
    );
    const off = (own: Float32Array, wanted: Float32Array): number =>
      own.reduce((sum, value, i) => sum + (value - wanted[i]) ** 2, 0);
    const batch = tinyBatch(config, { lengths: BATCHES[1] });
    const [own, wanted] = [
      await quantized.forward(batch, { hidden: true }),
      await full.forward(batch, { hidden: true }),
    ];
    let apart = 0;
    for (const b of BATCHES[1].keys()) {
      const [one, reference] = await Promise.all(
        [quantized, full].map((encoder) => encoder.forward(alone(batch, b), { hidden: true })),
      );
      apart += off(one.hidden!, reference.hidden!);
    }
    expect(apart).toBeGreaterThan(0);
    expect(off(own.hidden!, wanted.hidden!)).toBeLessThan(1.3 * apart);
    await full.dispose();
    await quantized.dispose();
  });
});
