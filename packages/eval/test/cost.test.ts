import {
  type Account,
  collate,
  defineEncoderConfig,
  denseMacs,
  type EncoderConfig,
  encoderTensors,
  type HeadConfig,
  sequenceMacs,
  type TokenSequence,
} from '@hashee/core';
import { tinyCheckpoint, tinyConfig, tinyHead, tinyRandomTable } from '@hashee/core/testing';
import { onnx } from '@hashee/runtime-onnx';
import { describe, expect, it } from 'vitest';
import {
  addWork,
  countMacs,
  elueFlops,
  elueLayerMacs,
  elueMacs,
  layerSpeedup,
  meanExitLayer,
  workOf,
} from '../src/index.js';
import { MatrixProducts } from './matrix-products.js';
import { sequencesFor } from './tiny-model.js';

const bert = (layers: number, sizes: Partial<EncoderConfig> = {}): EncoderConfig =>
  defineEncoderConfig({ vocabSize: 100, hiddenSize: 768, layers, headCount: 12, ...sizes });

const head = (labels: number, layer = 12): HeadConfig => ({
  ...{ name: 'main', task: 'sequence-classification', layer, dense: 'tanh', dropout: 0 },
  labels: Array.from({ length: labels }, (_, i) => String(i)),
});

/** An account of one sequence whose tokens exit at the given layers. */
const ran = (config: EncoderConfig, exits: number[]): Parameters<typeof countMacs>[1] => ({
  offsets: [0, exits.length],
  account: {
    exitLayers: Uint8Array.from(exits),
    activeTokens: Array.from({ length: config.layers }, (_, l) => exits.filter((exit) => exit > l).length),
    attention: config.heads.map(() => 'projected' as const),
  },
  heads: [],
});

describe('multiply-accumulates, worked by hand', () => {
  it('HashEE: eight tokens in six layers', () => {
    const config = bert(6);
    const exits = [6, 1, 1, 2, 3, 4, 5, 6];
    expect(countMacs(config, ran(config, exits))).toBe(222_117_888);
    expect(sequenceMacs(config, exits)).toBe(222_117_888);
    expect(denseMacs(config, 8)).toBe(340_328_448);
    expect(denseMacs(config, 8) / 222_117_888).toBeCloseTo(1.5322, 4);
    expect(layerSpeedup(6, exits)).toBeCloseTo(1.7143, 4);
    // Pooler and two classes.
    const heads = [{ head: head(2, 6), rows: 1 }];
    expect(countMacs(config, { ...ran(config, exits), heads })).toBe(222_117_888 + 768 * 768 + 2 * 768);
  });

  it('HashEE: small integers', () => {
    const config = bert(3, { hiddenSize: 4, intermediateSize: 16, headSize: 2, heads: [2, 2, 2], embeddingSize: 4 });
    expect(countMacs(config, ran(config, [3, 1, 2, 3]))).toBe(896 + 704 + 512);
    expect(countMacs(config, ran(config, [3, 3, 3, 3]))).toBe(2688);
  });

  it('BERT-base, and CPT-large with and without its last layers', () => {
    expect(denseMacs(bert(1), 128)).toBe(931_135_488);
    expect(denseMacs(bert(12), 128)).toBe(11_173_625_856);
    const cpt = (layers: number): number =>
      denseMacs(defineEncoderConfig({ vocabSize: 100, hiddenSize: 1024, layers, headCount: 16 }), 512);
    expect([cpt(24), cpt(20)]).toEqual([167_503_724_544, 139_586_437_120]);
  });

  it('COST-EFF: six of twelve heads and half the feed-forward size', () => {
    const slender = bert(1, { heads: [6], intermediateSize: 1536 });
    expect(denseMacs(slender, 128)).toBe(465_567_744);
    const factorised = bert(1, { embeddingSize: 128, heads: [6], intermediateSize: 1536 });
    expect(denseMacs(factorised, 128)).toBe(465_567_744 + 128 * 128 * 768);
  });

  it('COST-EFF: weights of two heads, a sixth of the feed-forward size and factorised words', () => {
    const matrices = (config: EncoderConfig, part: RegExp): number =>
      encoderTensors(config).reduce(
        (sum, [name, shape]) => (part.test(name) && shape.length === 2 ? sum + shape[0] * shape[1] : sum),
        0,
      );
    const words = { vocabSize: 30_522, heads: Array.from({ length: 12 }, () => 2), intermediateSize: 512 };
    const slender = bert(12, { ...words, embeddingSize: 128 });
    const dense = bert(12, { vocabSize: 30_522 });
    const embeddings = /^embeddings\.(?:word|projection)/;
    expect([matrices(slender, /^layers/), matrices(slender, embeddings)]).toEqual([14_155_776, 4_005_120]);
    expect(matrices(slender, /^layers/) + matrices(slender, embeddings)).toBe(18_160_896);
    expect([matrices(dense, /^layers/), matrices(dense, embeddings)]).toEqual([84_934_656, 23_440_896]);
  });

  it('HeadPrune: half of the heads everywhere are hardly faster', () => {
    const pruned = bert(12, { heads: Array.from({ length: 12 }, () => 6) });
    expect(denseMacs(pruned, 128)).toBe(9_210_691_584);
    expect(denseMacs(bert(12), 128) / denseMacs(pruned, 128)).toBeCloseTo(1.213, 3);
    // None left: the feed-forward part.
    expect(denseMacs(bert(1, { heads: [0] }), 128)).toBe(8 * 128 * 768 * 768);
  });

  it('TinyBERT of four layers, and the half of BERT-base that DistilBERT is', () => {
    const tiny = bert(4, { hiddenSize: 312, embeddingSize: 312, intermediateSize: 1200, headSize: 26 });
    expect(denseMacs(tiny, 128)).toBe(623_640_576);
    expect(denseMacs(bert(12), 128) / denseMacs(tiny, 128)).toBeCloseTo(17.9, 1);
    expect(denseMacs(bert(6), 128) / denseMacs(bert(12), 128)).toBe(0.5);
  });

  it('FastBERT: its FLOPs are twice the linear maps, without the products of attention', () => {
    const linear = (layers: number): number => denseMacs(bert(layers), 128) - layers * 2 * 128 * 128 * 768;
    expect(2 * linear(1)).toBe(1_811_939_328);
    expect(2 * linear(12)).toBe(21_743_271_936);
  });

  it('refuses accounts that contradict themselves', () => {
    const config = bert(2);
    const { account, ...rest } = ran(config, [2, 1, 2, 2]);
    expect(() => countMacs(config, { ...rest, account: { ...account, activeTokens: [4, 2] } })).toThrow(
      'Layer 2: by their exit layers 3 tokens are active, the account says 2.',
    );
  });
});

describe('the two simplifications', () => {
  it('mean exit layer', () => {
    // DeeBERT: six of eight leave at layer 3; CascadeBERT: 31 and 124 of 408 go on to the large model.
    expect(layerSpeedup(12, [3, 3, 3, 3, 3, 3, 12, 12])).toBeCloseTo(2.2857, 4);
    expect(1 / layerSpeedup(12, [3, 3, 3, 3, 3, 3, 12, 12])).toBe(0.4375);
    const cascade = (count: number): number[] => Array.from({ length: 408 }, (_, i) => (i < count ? 2 + 12 : 2));
    expect(layerSpeedup(12, cascade(31))).toBeCloseTo(4.121212, 6);
    expect(layerSpeedup(12, cascade(124))).toBeCloseTo(2.125, 6);
    // Mean layers, and what is saved.
    expect(12 / layerSpeedup(12, cascade(31))).toBeCloseTo(2.911765, 6);
    expect(12 / layerSpeedup(12, cascade(124))).toBeCloseTo(5.647059, 6);
    expect(1 - 1 / layerSpeedup(12, cascade(31))).toBeCloseTo(0.757353, 6);
    // FastBERT's own count for AG news: FLOPs over those of a layer with its head.
    expect(12 / layerSpeedup(12, [2_172_009_009 / 1_853_915_136])).toBeCloseTo(1.1716, 4);
    expect(() => layerSpeedup(12, [])).toThrow('needs executed layers');
  });

  it("ELUE's points", () => {
    const config = bert(12);
    expect(elueLayerMacs(config, 1, 128)).toBe(931_921_920);
    expect(elueMacs(config, head(2), { length: 128, layers: 12 })).toBe(11_183_851_008);
    expect(elueFlops(config, head(2), [{ length: 128, layers: 12 }]) / 1e6).toBeCloseTo(22_367.7, 1);
    const some = elueMacs(config, head(2), { length: 128, layers: 3 });
    expect(some).toBe(11_183_851_008 - 9 * 931_921_920);
    expect(elueMacs(config, head(2), { length: 128, layers: 2.5 })).toBe(some - 931_921_920 / 2);
    expect(elueMacs(config, head(2), { length: 128, layers: 3, heads: 3 })).toBe(some + 2 * (768 * 768 + 2 * 768));
    const mean = elueFlops(config, head(2), [
      { length: 128, layers: 12 },
      { length: 128, layers: 3 },
    ]);
    expect(mean).toBe(11_183_851_008 + some);
    // All heads pruned away.
    expect(elueLayerMacs(bert(1, { heads: [0] }), 1, 10)).toBe(20 * 768 * 3072 + 40 * 768);
    expect(() => elueMacs(config, head(2), { length: 8, layers: 13 })).toThrow('from 0 to 12, got 13');
    expect(() => elueFlops(config, head(2), [])).toThrow('not defined');
  });
});

describe('the executed graph', () => {
  const config = tinyConfig('bert');
  const sequences: TokenSequence[] = sequencesFor('regression', 1, 6);
  const sameLength = sequences.map(({ inputIds }) => ({ inputIds: Array.from(inputIds).slice(0, 3) }));
  const settings = (['sequence-classification', 'token-classification'] as const).flatMap((task) =>
    (['projected', 'absorbed', 'auto'] as const).flatMap((attention) =>
      [true, false].map((exits) => ({ task, attention, exits })),
    ),
  );

  it.each(settings)('$task, attention $attention, exits $exits', async ({ task, attention, exits }) => {
    const products = new MatrixProducts();
    const model = tinyCheckpoint({
      heads: [tinyHead(task, config.layers)],
      ...(exits ? { exitTable: tinyRandomTable(config) } : {}),
    });
    const encoder = await onnx({ attention, threads: 1, ort: products.module }).load(model);
    const rowsOf = (tokens: number, count: number): number => (task === 'token-classification' ? tokens : count);
    let executed = 0;
    for (const sequence of sequences) {
      const batch = collate([sequence]);
      products.macs = 0;
      const { account } = await encoder.forward(batch);
      const heads = [{ head: model.heads[0], rows: rowsOf(batch.inputIds.length, 1) }];
      expect(products.macs).toBe(countMacs(config, { offsets: batch.offsets, account, heads }));
      expect(products.macs).toBe(account.macs);
      executed += account.macs;
    }
    expect(executed).toBeGreaterThan(0);
    // A batch of unequal sequences executes what they need one by one, but for what padding adds to attention.
    const batch = collate(sequences);
    products.macs = 0;
    const { account } = await encoder.forward(batch);
    const heads = [{ head: model.heads[0], rows: rowsOf(batch.inputIds.length, sequences.length) }];
    expect(countMacs(config, { offsets: batch.offsets, account, heads })).toBe(account.macs);
    expect(products.macs).toBeGreaterThanOrEqual(account.macs);
    if (!exits) {
      const equal = collate(sameLength);
      products.macs = 0;
      expect((await encoder.forward(equal)).account.macs).toBe(products.macs);
    }
    expect([...products.operators].every((operator) => ['MatMul', 'Gemm', 'FusedMatMul'].includes(operator))).toBe(
      true,
    );
    await encoder.dispose();
  });

  it('a pass that sequences leave, with heads inside', async () => {
    const products = new MatrixProducts();
    const inside = { ...tinyHead('sequence-classification', 1), name: 'exit1' };
    const model = tinyCheckpoint({ heads: [inside, tinyHead('sequence-classification', config.layers)] });
    const encoder = await onnx({ threads: 1, ort: products.module }).load(model);
    const batch = collate(sameLength);
    const pass = await encoder.begin(batch);
    products.macs = 0;
    await pass.advance(1);
    await pass.logits('exit1');
    pass.keep([0, 2, 3]);
    await pass.advance(config.layers);
    await pass.logits('main');
    const account = pass.account();
    const heads = [
      { head: model.heads[0], rows: 6 },
      { head: model.heads[1], rows: 3 },
    ];
    expect(products.macs).toBe(countMacs(config, { offsets: batch.offsets, account, heads }));
    expect(products.macs).toBe(account.macs);
    pass.dispose();
    await encoder.dispose();
  });
});

describe('work', () => {
  it('adds up over batches', () => {
    const account = (exits: number[], macs: number): Account => ({
      ...{ runtime: 'r', device: 'd', dtype: 't', attention: ['projected', 'projected', 'projected'] },
      exitLayers: Uint8Array.from(exits),
      activeTokens: [0, 0, 0],
      macs,
      denseMacs: 2 * macs,
      milliseconds: 5,
    });
    const total = addWork([workOf(account([1, 3, 3], 100), 1), workOf(account([2, 3], 50), 2)]);
    expect(total).toEqual({
      ...{ sequences: 3, tokens: 5, macs: 150, denseMacs: 300, milliseconds: 10 },
      tokensByExitLayer: [1, 1, 3],
    });
    expect(meanExitLayer(total)).toBeCloseTo(2.4, 12);
  });
});
