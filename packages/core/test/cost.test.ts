import { describe, expect, it } from 'vitest';
import {
  activeCounts,
  defineEncoderConfig,
  denseMacs,
  embeddingMacs,
  type HeadConfig,
  headMacs,
  layerMacs,
  sequenceMacs,
} from '../src/index.js';

const base = defineEncoderConfig({ vocabSize: 30_522, hiddenSize: 768, headCount: 12, layers: 6 });
const exits = [6, 1, 1, 2, 3, 4, 5, 6];

describe('layerMacs', () => {
  it('has the values of the worked example, H = 768, n = 8', () => {
    const active = activeCounts(exits, 6);
    expect(active).toEqual([8, 6, 5, 4, 3, 2]);
    expect(active.map((a, index) => layerMacs(base, index + 1, a, 8))).toEqual([
      56_721_408, 44_900_352, 38_989_824, 33_079_296, 27_168_768, 21_258_240,
    ]);
  });

  it('is a·12H² + (n - a)·2H² + 2·a·n·H where I = 4H', () => {
    for (const [a, n] of [
      [1, 1],
      [1, 500],
      [37, 128],
      [128, 128],
    ])
      expect(layerMacs(base, 1, a, n)).toBe(a * 12 * 768 ** 2 + (n - a) * 2 * 768 ** 2 + 2 * a * n * 768);
  });

  it('charges absorbed attention to the active tokens alone: 12H² and 2·n·H·A each', () => {
    for (const [a, n] of [
      [1, 1],
      [1, 500],
      [37, 128],
    ])
      expect(layerMacs(base, 1, a, n, 'absorbed')).toBe(a * (12 * 768 ** 2 + 2 * n * 768 * 12));
    // One query of 128 tokens: absorbing saves the keys and values of the other 127.
    expect(layerMacs(base, 1, 1, 128, 'absorbed')).toBeLessThan(layerMacs(base, 1, 1, 128) / 10);
  });

  it('is 0 where no token is active', () => {
    expect(layerMacs(base, 1, 0, 100)).toBe(0);
    expect(layerMacs(base, 1, 0, 100, 'absorbed')).toBe(0);
  });

  it('counts the heads that a layer has, and none but the feed-forward part where it has none', () => {
    const pruned = { ...base, heads: [12, 3, 0, 12, 12, 12] };
    const [H, width, a, n] = [768, 192, 5, 20];
    expect(layerMacs(pruned, 2, a, n)).toBe(a * (2 * H * width + 8 * H * H) + n * 2 * H * width + 2 * a * n * width);
    expect(layerMacs(pruned, 3, a, n)).toBe(a * 8 * H * H);
    expect(layerMacs(pruned, 3, a, n, 'absorbed')).toBe(a * 8 * H * H);
  });
});

describe('sequenceMacs and denseMacs', () => {
  it('have the values of the worked example', () => {
    expect(sequenceMacs(base, exits)).toBe(222_117_888);
    expect(denseMacs(base, 8)).toBe(340_328_448);
    expect(denseMacs(base, 8) / sequenceMacs(base, exits)).toBeCloseTo(1.5322, 4);
  });

  it('have the values of the worked example in small integers', () => {
    const small = defineEncoderConfig({ vocabSize: 4, hiddenSize: 4, headCount: 2, layers: 3 });
    expect(activeCounts([3, 1, 2, 3], 3).map((a, index) => layerMacs(small, index + 1, a, 4))).toEqual([896, 704, 512]);
    expect(sequenceMacs(small, [3, 1, 2, 3])).toBe(2112);
    expect(denseMacs(small, 4)).toBe(2688);
  });

  it('agree for BERT-base on 128 tokens: 931,135,488 a layer', () => {
    const twelve = defineEncoderConfig({ vocabSize: 30_522, hiddenSize: 768, headCount: 12, layers: 12 });
    expect(layerMacs(twelve, 12, 128, 128)).toBe(931_135_488);
    expect(denseMacs(twelve, 128)).toBe(11_173_625_856);
    expect(sequenceMacs(twelve, new Uint8Array(128).fill(12))).toBe(11_173_625_856);
  });

  it('count no layer above the last exit', () => {
    expect(sequenceMacs(base, [1, 1])).toBe(layerMacs(base, 1, 2, 2));
    expect(sequenceMacs(base, [])).toBe(0);
  });

  it('include the projection of factorised embeddings', () => {
    const albert = { ...base, embeddingSize: 128 };
    expect(embeddingMacs(base, 10)).toBe(0);
    expect(embeddingMacs(albert, 10)).toBe(10 * 128 * 768);
    expect(sequenceMacs(albert, exits)).toBe(222_117_888 + 8 * 128 * 768);
    expect(denseMacs(albert, 8)).toBe(340_328_448 + 8 * 128 * 768);
  });
});

describe('headMacs', () => {
  const head: HeadConfig = {
    name: 'main',
    task: 'sequence-classification',
    labels: ['negative', 'neutral', 'positive'],
    layer: 6,
    dense: 'tanh',
    dropout: 0.1,
  };

  it('is H² + H·C for each row, and H·C without a dense layer', () => {
    expect(headMacs(base, head, 2)).toBe(2 * (768 * 768 + 768 * 3));
    expect(headMacs(base, { ...head, dense: 'none' }, 7)).toBe(7 * 768 * 3);
  });

  it('counts an attention of its own by tokens, from which the count of FastBERT’s authors follows', () => {
    const n = 128;
    const U = 128;
    const attending: HeadConfig = { ...head, attention: { units: U, heads: 2 } };
    // The authors count query and output of all 128 tokens, where one is read, and neither products of attention nor the last map.
    const counted = headMacs(base, attending, 1, n) + (n - 1) * 2 * U * U - n * 2 * U - U * 3;
    expect(2 * counted).toBe(41_975_808);
    const layers = 12 * (denseMacs({ ...base, layers: 1, heads: [12] }, n) - 2 * n * n * 768);
    expect(2 * layers).toBe(21_743_271_936);
    expect(2 * (layers + counted)).toBe(21_785_247_744);
    expect(() => headMacs(base, attending, 1)).toThrow('depend on their number');
  });
});
