import { defineEncoderConfig, HasheeError, layerMacs } from '@hashee/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CorpusExample,
  customTable,
  describeTable,
  formatTableReport,
  frequencyHash,
  randomInconsistentExits,
  uniformTable,
} from '../src/index.js';
import { summedLayerMacs } from '../src/summed-layer-macs.js';
import { dev, train, words } from './words.js';

const noSpecial = (vocabSize: number) => ({ vocabSize, specialIds: new Set<number>() });

describe('describeTable', () => {
  it('counts the worked example of one sequence of eight tokens', async () => {
    const config = defineEncoderConfig({ vocabSize: 8, hiddenSize: 768, headCount: 12, layers: 6 });
    const table = customTable({ layers: 6, tokenizer: noSpecial(8), exitLayer: [6, 1, 1, 2, 3, 4, 5, 6] });
    const report = await describeTable(table, [{ inputIds: [0, 1, 2, 3, 4, 5, 6, 7] }], config);
    expect(report).toMatchObject({ sequences: 1, tokens: 8, types: 8, activeTokens: [8, 6, 5, 4, 3, 2] });
    expect(report.macs).toMatchObject({ dense: 340_328_448, projected: 222_117_888 });
    expect(report.speedup.projected).toBeCloseTo(1.5322, 4);
    expect(report.speedup.layers).toBeCloseTo(1.7143, 4);
    // Absorbed: a·14H² - a·2H² for queries and output and feed-forward, 2H² for K and V on queries, 2·a·n·H·A.
    const absorbed = [8, 6, 5, 4, 3, 2].map((a) => a * 12 * 768 ** 2 + 2 * a * 8 * 768 * 12);
    const projected = [56_721_408, 44_900_352, 38_989_824, 33_079_296, 27_168_768, 21_258_240];
    expect(report.macs.best).toBe(projected.reduce((sum, cost, index) => sum + Math.min(cost, absorbed[index]), 0));
    expect(report.attention).toEqual(
      projected.map((cost, index) => (absorbed[index] < cost ? 'absorbed' : 'projected')),
    );
    expect(report.attention).toEqual(['projected', 'absorbed', 'absorbed', 'absorbed', 'absorbed', 'absorbed']);
  });

  it('counts the worked example in small integers', async () => {
    const config = defineEncoderConfig({ vocabSize: 4, hiddenSize: 4, headCount: 2, layers: 3 });
    const table = customTable({ layers: 3, tokenizer: noSpecial(4), exitLayer: [3, 1, 2, 3] });
    const report = await describeTable(table, [{ inputIds: [0, 1, 2, 3] }], config);
    expect(report.macs).toMatchObject({ dense: 2688, projected: 2112 });
  });

  const config = defineEncoderConfig({ vocabSize: words.vocabSize, hiddenSize: 8, headCount: 2, layers: 3 });

  it('has histograms, means and unseen types of the frequency example', async () => {
    const table = await frequencyHash({ layers: 3, buckets: 3, tokenizer: words, train, dev });
    const test = [words.example('good awful movie'), words.example('bad plot')];
    const report = await describeTable(table, test, config, { tokenizer: words });
    // [CLS] good awful movie [SEP] -> 3 1 3 1 3, [CLS] bad plot [SEP] -> 3 2 2 3
    expect(report.histogram).toEqual({ vocabulary: [2, 2, 6], types: [2, 2, 3], occurrences: [2, 2, 5] });
    expect(report.activeTokens).toEqual([9, 7, 5]);
    expect(report.meanExitLayer).toEqual({ types: 15 / 7, occurrences: 21 / 9 });
    expect(report.speedup.layers).toBeCloseTo(27 / 21, 12);
    expect(report.unseen).toEqual({ occurrences: 1, share: 1 / 9 });
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it("doesn't claim to know unseen types of a table that was loaded", async () => {
    const { layers, exitLayer, hash } = await frequencyHash({ layers: 3, tokenizer: words, train });
    const report = await describeTable({ layers, exitLayer, hash }, dev, config, { tokenizer: words });
    expect(report).not.toHaveProperty('unseen');
  });

  it('of a dense table finds no speed-up', async () => {
    const dense = uniformTable({ layers: 3, exitLayer: 3, tokenizer: words });
    const report = await describeTable(dense, train, config);
    expect(report.speedup).toEqual({ layers: 1, projected: 1, counted: 1 });
  });

  it('counts exit layers of occurrences where examples carry them', async () => {
    const table = uniformTable({ layers: 3, exitLayer: 3, tokenizer: words });
    const draw = randomInconsistentExits({ layers: 3, seed: 9, tokenizer: words, specialTokens: 'drawn' });
    const drawn = train.map((example, index) => ({ ...example, exitLayers: draw(example.inputIds, index) }));
    const report = await describeTable(table, drawn, config);
    const all = drawn.flatMap(({ exitLayers }) => [...exitLayers]);
    expect(report.histogram.occurrences).toEqual([1, 2, 3].map((layer) => all.filter((exit) => exit === layer).length));
    expect(report.speedup.layers).toBeCloseTo((3 * 18) / all.reduce((sum, exit) => sum + exit, 0), 12);
  });

  it('counts nothing in a layer that no token of a sequence reaches', async () => {
    const table = customTable({ layers: 3, tokenizer: noSpecial(10), entries: [], default: 1 });
    const report = await describeTable(table, [{ inputIds: [3, 4, 5] }], config);
    expect(report.activeTokens).toEqual([3, 0, 0]);
    expect(report.macs.projected).toBe(layerMacs(config, 1, 3, 3));
    expect(formatTableReport(report)).toContain('none');
  });

  it.each([
    ['an empty corpus', [], 'INVALID_ARGUMENT', 'is empty'],
    ['ids of another vocabulary', [{ inputIds: [10] }], 'INVALID_DATA', 'has id 10, expected 0 to 9'],
    [
      'exit layers of other tokens',
      [{ inputIds: [3], exitLayers: [1, 1] }],
      'INVALID_DATA',
      '2 exit layers for 1 tokens',
    ],
    [
      'exit layers out of range',
      [{ inputIds: [3], exitLayers: [4] }],
      'INVALID_DATA',
      'exits at layer 4, expected 1 to 3',
    ],
  ] as const)('refuses %s', async (_, corpus, code, message) => {
    const table = uniformTable({ layers: 3, exitLayer: 1, tokenizer: words });
    await expect(describeTable(table, corpus as readonly CorpusExample[], config)).rejects.toSatisfy(
      (error) => HasheeError.isInstance(error, code) && error.message.includes(message),
    );
  });

  it('refuses a table of another model', async () => {
    const table = uniformTable({ layers: 6, exitLayer: 1, tokenizer: words });
    await expect(describeTable(table, train, config)).rejects.toSatisfy((error) =>
      HasheeError.isInstance(error, 'TABLE_MISMATCH'),
    );
  });
});

describe('summedLayerMacs', () => {
  it("agrees with core's cost model summed over sequences, pruned and factorised models included", () => {
    const config = {
      ...defineEncoderConfig({ vocabSize: 9, hiddenSize: 12, headCount: 3, layers: 3, intermediateSize: 20 }),
      heads: [3, 1, 0],
    };
    const sequences = fc.array(
      fc.integer({ min: 1, max: 50 }).chain((n) => fc.tuple(fc.integer({ min: 1, max: n }), fc.constant(n))),
    );
    fc.assert(
      fc.property(sequences, fc.constantFrom('projected', 'absorbed'), (list, attention) => {
        const sums = list.reduce(
          (sum, [a, n]) => ({
            active: sum.active + a,
            lengths: sum.lengths + n,
            activeLengths: sum.activeLengths + a * n,
          }),
          { active: 0, lengths: 0, activeLengths: 0 },
        );
        for (const layer of [1, 2, 3])
          expect(summedLayerMacs(config, layer, sums, attention)).toBe(
            list.reduce((sum, [a, n]) => sum + layerMacs(config, layer, a, n, attention), 0),
          );
      }),
    );
  });
});

describe('formatTableReport', () => {
  it('is an aligned table of at most 80 columns', async () => {
    const config = defineEncoderConfig({ vocabSize: words.vocabSize, hiddenSize: 8, headCount: 2, layers: 3 });
    const table = await frequencyHash({ layers: 3, tokenizer: words, train, dev });
    const text = formatTableReport(await describeTable(table, train, config, { tokenizer: words }));
    expect(`\n${text}\n`).toBe(`
frequency, 3 layers, 3 buckets
4 sequences, 18 tokens, 7 types

layer  types         tokens         computed          attention
    1      2  28.6%       5  27.8%        18  100.0%  projected
    2      2  28.6%       4  22.2%        13   72.2%  projected
    3      3  42.9%       9  50.0%         9   50.0%  absorbed

Mean exit layer 2.22 over tokens, 2.14 over types
Speed-up        1.35x by exit layers
                1.30x by multiply-accumulates, attention as in the table
                1.28x with keys and values projected in all layers
Unseen          0 tokens (0.0%)
`);
  });

  it.each([
    [{ speedup: 1.2 }, 'frequency, 3 layers, target 1.2x (counted)'],
    [{ speedup: 1.2, by: 'layers' }, 'frequency, 3 layers, target 1.2x (layers)'],
    [{ meanExitLayer: 2.5 }, 'frequency, 3 layers, target mean exit layer 2.5'],
  ] as const)('names the target %o', async (target, heading) => {
    const config = defineEncoderConfig({ vocabSize: words.vocabSize, hiddenSize: 8, headCount: 2, layers: 3 });
    const table = await frequencyHash({ layers: 3, tokenizer: words, train, config, target });
    expect(formatTableReport(await describeTable(table, train, config)).split('\n')[0]).toBe(heading);
  });

  it('stays within 80 columns for a billion tokens and 255 layers', () => {
    const many = Array.from({ length: 255 }, () => 1_234_567_890_123);
    const text = formatTableReport({
      layers: 255,
      hash: { name: 'x'.repeat(200), parameters: { buckets: 255 } },
      sequences: 1_234_567_890_123,
      tokens: 1_234_567_890_123,
      types: 4_000_000,
      histogram: { vocabulary: many, types: many.map(() => 4_000_000), occurrences: many },
      activeTokens: many,
      meanExitLayer: { types: 123.456, occurrences: 123.456 },
      speedup: { layers: 254.99, projected: 254.99, counted: 254.99 },
      macs: { dense: 1, projected: 1, best: 1 },
      attention: many.map(() => 'projected'),
      unseen: { occurrences: 1_234_567_890_123, share: 1 },
    });
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });
});
