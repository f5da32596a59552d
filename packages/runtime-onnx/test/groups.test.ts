import { collate, type TokenBatch } from '@hashee/core';
import { tinyBatch, tinyCheckpoint, tinyConfig, tinyRandomTable } from '@hashee/core/testing';
import { describe, expect, test } from 'vitest';
import { absorbedPenalty, chooseShape } from '../src/encoder/choose-shape.js';
import { cutIntoGroups } from '../src/encoder/cut-into-groups.js';
import { onnx } from '../src/index.js';

const config = tinyConfig('bert', { layers: 4, heads: [3, 3, 3, 3], maxLength: 20 });
const model = tinyCheckpoint({ config, exitTable: tinyRandomTable(config, 2) });
const lengths = [4, 9, 3, 17, 8, 2, 20, 5, 5, 12, 7, 3, 16, 2, 11, 6, 10, 4, 13, 9];
const batch = tinyBatch(config, { lengths, seed: 5 });

function single(whole: TokenBatch, b: number): TokenBatch {
  const [from, to] = [whole.offsets[b], whole.offsets[b + 1]];
  return collate([
    { inputIds: [...whole.inputIds.slice(from, to)], tokenTypeIds: [...whole.tokenTypeIds.slice(from, to)] },
  ]);
}

describe('sequences in groups', () => {
  test.each([
    [20, 3],
    [11, 2],
    [7, 1],
  ])('%s sequences make %s groups', (sequences, groups) => {
    const offsets = batch.offsets.slice(0, sequences + 1);
    const exitLayers = new Uint8Array(offsets[sequences]).fill(config.layers);
    const request = {
      config,
      offsets,
      exitLayers,
      fullLayers: 1,
      lastLayer: 4,
      read: 'first',
      attention: 'absorbed',
    } as const;
    expect(chooseShape({ ...request, absorption: 'gathered' }).groups).toBe(groups);
    expect(chooseShape(request).groups).toBe(1);
  });

  test('where no layer makes use of groups there are none', () => {
    const exitLayers = new Uint8Array(batch.inputIds.length).fill(config.layers);
    const request = {
      config,
      offsets: batch.offsets,
      exitLayers,
      lastLayer: 4,
      read: 'first',
      absorption: 'gathered',
    } as const;
    expect(chooseShape({ ...request, fullLayers: 1, attention: 'projected' }).groups).toBe(1);
    expect(chooseShape({ ...request, fullLayers: 4, attention: 'absorbed' }).groups).toBe(1);
  });

  test('a sequence that ends early leaves no group empty', () => {
    const exitLayers = new Uint8Array(batch.inputIds.length).fill(4).fill(1, 0, batch.offsets[1]);
    const request = { config, offsets: batch.offsets, exitLayers, fullLayers: 1, lastLayer: 4, read: 'all' } as const;
    expect(chooseShape({ ...request, attention: 'absorbed', absorption: 'gathered' }).groups).toBe(1);
  });

  test.each([
    [20, 4],
    [16, 4],
    [11, 2],
    [5, 1],
  ])('read by strides, %s sequences make %s groups', (sequences, groups) => {
    const offsets = batch.offsets.slice(0, sequences + 1);
    const exitLayers = new Uint8Array(offsets[sequences]).fill(config.layers);
    const request = { config, offsets, exitLayers, fullLayers: 1, lastLayer: 4, read: 'first' } as const;
    const shape = chooseShape({ ...request, attention: 'absorbed', absorption: 'strided' });
    expect(shape).toMatchObject({ groups, absorption: 'strided' });
    expect(chooseShape({ ...request, attention: 'projected', absorption: 'strided' })).toMatchObject({ groups: 1 });
  });

  test.each([
    ['none are in one', [3, 1, 2], 1, 9],
    ['like counts are side by side', [9, 1, 8, 1, 2, 9], 3, 31],
    ['as many groups as sequences leave no place free', [5, 3, 9, 1], 4, 18],
    ['sequences without queries', [0, 0, 4, 0], 2, 4],
    ['more sequences than cuts', Array.from({ length: 500 }, (_, b) => b % 5), 5, 1000],
  ])('%s', (_, counts, groups, places) => {
    const cut = cutIntoGroups(counts, groups);
    expect(cut.flat().toSorted((a, b) => a - b)).toEqual([...counts.keys()]);
    expect(cut).toHaveLength(groups);
    expect(Math.min(...cut.map(({ length }) => length))).toBeGreaterThan(0);
    const padded = cut.reduce((sum, group) => sum + group.length * Math.max(...group.map((b) => counts[b])), 0);
    if (counts.length < 100) expect(padded).toBe(places);
    else expect(padded).toBeLessThan(places * 1.05);
  });

  test.each(['absorbed', 'projected', 'auto'] as const)(
    '%s: states equal those of each sequence alone',
    async (attention) => {
      const encoder = await onnx({ threads: 1, attention }).load(model);
      const together = await encoder.forward(batch, { hidden: true });
      const first = await encoder.forward(batch);
      for (const b of lengths.keys()) {
        const alone = await encoder.forward(single(batch, b), { hidden: true });
        const H = config.hiddenSize;
        const rows = together.hidden!.subarray(batch.offsets[b] * H, batch.offsets[b + 1] * H);
        for (const [i, value] of alone.hidden!.entries()) expect(rows[i]).toBeCloseTo(value, 4);
        for (const [i, value] of alone.logits.entries()) {
          expect(together.logits[b * 3 + i]).toBeCloseTo(value, 4);
          expect(first.logits[b * 3 + i]).toBeCloseTo(value, 4);
        }
      }
      await encoder.dispose();
    },
  );

  test('gradients are those of the sequences one by one', async () => {
    const spec = { seed: 1, losses: [{ head: 'main', kind: 'cross-entropy' }], dropout: 0 } as const;
    const backend = onnx({ threads: 1, attention: 'absorbed' });
    const whole = await backend.createTrainer!(model, spec);
    const parts = await backend.createTrainer!(model, spec);
    const labels = Int32Array.from(lengths, (length) => length % 3);
    await whole.accumulate(batch, { labels });
    for (const b of lengths.keys())
      await parts.accumulate(single(batch, b), { labels: labels.slice(b, b + 1) }, { scale: 1 / lengths.length });
    for (const name of [
      'embeddings.word',
      'layers.1.key.weight',
      'layers.2.query.weight',
      'layers.2.key.weight',
      'layers.3.value.weight',
      'layers.3.up.weight',
      'layers.4.output.bias',
    ]) {
      const expected = parts.gradient(name);
      const scale = Math.max(...expected.map(Math.abs));
      expect(scale).toBeGreaterThan(0);
      for (const [i, value] of whole.gradient(name).entries())
        expect(Math.abs(value - expected[i])).toBeLessThan(1e-4 * scale);
    }
    await whole.dispose();
    await parts.dispose();
  });

  test('dropout in groups repeats with its seed', async () => {
    const run = async (seed: number): Promise<number> => {
      const trainer = await onnx({ threads: 1, attention: 'absorbed' }).createTrainer!(model, {
        seed,
        losses: [{ head: 'main', kind: 'cross-entropy' }],
        dropout: 0.3,
      });
      const { loss } = await trainer.accumulate(batch, { labels: Int32Array.from(lengths, () => 1) });
      await trainer.dispose();
      return loss;
    };
    expect(await run(1)).toBe(await run(1));
    expect(await run(1)).not.toBe(await run(2));
  });
});

test('a last layer that is computed in full gives the same gradients', async () => {
  const spec = { seed: 1, losses: [{ head: 'main', kind: 'cross-entropy' }], dropout: 0 } as const;
  const [read, all] = await Promise.all(
    (['read', 'all'] as const).map((lastLayer) => onnx({ threads: 1, lastLayer }).createTrainer!(model, spec)),
  );
  const labels = Int32Array.from(lengths, (length) => length % 3);
  const losses = [await read.accumulate(batch, { labels }), await all.accumulate(batch, { labels })];
  expect(losses[1].loss).toBeCloseTo(losses[0].loss, 5);
  const expected = read.gradient('layers.4.up.weight');
  const scale = Math.max(...expected.map(Math.abs));
  for (const [i, value] of all.gradient('layers.4.up.weight').entries())
    expect(Math.abs(value - expected[i])).toBeLessThan(1e-4 * scale);
  await read.dispose();
  await all.dispose();
});

test('absorbed attention is worth less beside faster 8-bit products', () => {
  expect(absorbedPenalty('fp32', ['amx_int8'])).toBeLessThan(absorbedPenalty('q8', ['avx512_vnni']));
  expect(absorbedPenalty('q8', ['avx512_vnni'])).toBeLessThan(absorbedPenalty('q8', ['avx512_vnni', 'amx_int8']));
});
