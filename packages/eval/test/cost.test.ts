import {
  type Account,
  collate,
  defineEncoderConfig,
  denseMacs,
  type EncoderConfig,
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
    const cascade = (count: number): number[] => Array.from({ length: 408 }, (_, i) => (i < count ? 2 + 12 : 2));
    expect(layerSpeedup(12, cascade(31))).toBeCloseTo(4.121212, 6);
    expect(layerSpeedup(12, cascade(124))).toBeCloseTo(2.125, 6);
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
