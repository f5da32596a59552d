import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomConsistentHash, randomInconsistentExits } from '../src/index.js';
import { train, words } from './words.js';

const vocabulary = { vocabSize: 30_000, specialIds: new Set([0, 100, 101]) };

describe('randomConsistentHash', () => {
  it('draws each bucket about equally often, never the layers between, and keeps special ids at L', async () => {
    const { exitLayer, hash } = await randomConsistentHash({ layers: 12, buckets: 3, seed: 5, tokenizer: vocabulary });
    const counts = new Map<number, number>();
    for (const layer of exitLayer) counts.set(layer, (counts.get(layer) ?? 0) + 1);
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual([1, 5, 9, 12]);
    expect(counts.get(12)).toBe(3);
    for (const layer of [1, 5, 9]) expect(Math.abs(counts.get(layer)! - 10_000)).toBeLessThan(400);
    expect(hash).toEqual({ name: 'random-consistent', parameters: { seed: 5, buckets: 3 } });
  });

  it('depends on nothing but the seed', async () => {
    const make = async (seed: number) =>
      (await randomConsistentHash({ layers: 6, seed, tokenizer: vocabulary })).exitLayer;
    expect(await make(1)).toEqual(await make(1));
    expect(await make(1)).not.toEqual(await make(2));
    // Stored models name only the seed, so these numbers must never change.
    expect([...(await make(1)).subarray(1, 13)]).toEqual([1, 5, 5, 1, 4, 4, 5, 6, 4, 4, 4, 1]);
  });

  it('refuses a seed that is none, and a target without a corpus', async () => {
    await expect(randomConsistentHash({ layers: 6, seed: 1.5, tokenizer: vocabulary })).rejects.toThrow(/seed must be/);
    await expect(
      randomConsistentHash({ layers: 6, seed: 1, tokenizer: vocabulary, target: { meanExitLayer: 2 } }),
    ).rejects.toThrow('give targetCorpus');
  });

  it('meets a target with a random order', async () => {
    const options = { layers: 6, seed: 1, tokenizer: words, target: { meanExitLayer: 4 }, targetCorpus: train };
    const table = await randomConsistentHash(options);
    expect(table.target!.meanExitLayer).toBeLessThanOrEqual(4);
    expect([...table.ranking!].sort((a, b) => a - b)).toEqual([3, 4, 5, 6, 7, 8, 9]);
    expect(table).toEqual(await randomConsistentHash(options));
  });
});

describe('randomInconsistentExits', () => {
  const tokenizer = { specialIds: new Set([101, 102]) };
  const sequence = [101, ...Array.from({ length: 2000 }, () => 7), 102];

  it('draws each occurrence by itself and keeps special tokens at L', () => {
    const exits = randomInconsistentExits({ layers: 6, buckets: 3, seed: 3, tokenizer })(sequence, 0);
    expect(exits[0]).toBe(6);
    expect(exits.at(-1)).toBe(6);
    for (const layer of [1, 3, 5])
      expect(Math.abs(exits.filter((exit) => exit === layer).length - 667)).toBeLessThan(100);
    expect(new Set(exits)).toEqual(new Set([1, 3, 5, 6]));
  });

  it('gives a sequence the same layers in every epoch and order, others to others', () => {
    const draw = randomInconsistentExits({ layers: 6, seed: 3, tokenizer });
    const [first, second] = [draw(sequence, 0), draw(sequence, 1)];
    expect(draw(sequence, 0)).toEqual(first);
    expect(second).not.toEqual(first);
    expect(draw(sequence, 0, 1)).not.toEqual(first);
    expect(randomInconsistentExits({ layers: 6, seed: 4, tokenizer })(sequence, 0)).not.toEqual(first);
  });

  it("can do as the authors' code, where special tokens are drawn too", () => {
    const draw = randomInconsistentExits({ layers: 6, seed: 3, tokenizer, specialTokens: 'drawn' });
    const first = Array.from({ length: 600 }, (_, index) => draw([101, 7, 102], index)[0]);
    for (let layer = 1; layer <= 6; layer++) expect(first.filter((exit) => exit === layer).length).toBeGreaterThan(60);
  });

  it('draws by given shares', () => {
    const draw = randomInconsistentExits({ layers: 4, seed: 3, tokenizer, shares: [70, 0, 30, 0] });
    const exits = draw(sequence, 0).subarray(1, -1);
    expect(new Set(exits)).toEqual(new Set([1, 3]));
    expect(Math.abs(exits.filter((exit) => exit === 1).length - 1400)).toBeLessThan(100);
  });

  it('stays within 1..L', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 24 }), fc.nat(), fc.array(fc.nat(200)), (layers, seed, ids) => {
        const exits = randomInconsistentExits({ layers, seed, tokenizer })(ids, 0);
        expect(exits.length).toBe(ids.length);
        exits.forEach((exit, t) => {
          expect(exit).toBeGreaterThanOrEqual(1);
          expect(exit).toBeLessThanOrEqual(layers);
          if (tokenizer.specialIds.has(ids[t])) expect(exit).toBe(layers);
        });
      }),
    );
  });

  it.each([
    [{ shares: [1, 2] }, 'shares must be 6 numbers'],
    [{ shares: [0, 0, 0, 0, 0, 0] }, 'shares must be 6 numbers'],
    [{ shares: [1, 1, 1, 1, 1, -1] }, 'shares must be 6 numbers'],
    [{ shares: [1, 1, 1, 1, 1, 1], buckets: 3 }, 'Give buckets or shares'],
    [{ buckets: 7 }, 'got 7 buckets for 6 layers'],
    [{ seed: -1 }, 'seed must be an integer'],
    [{ specialTokens: 'first' as never }, "specialTokens must be 'last-layer' or 'drawn'"],
  ])('refuses %o', (wrong, message) => {
    expect(() => randomInconsistentExits({ layers: 6, seed: 1, tokenizer, ...wrong })).toThrow(message);
  });
});
