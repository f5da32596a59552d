import { HasheeError, MemoryWeights, Random } from '@hashee/core';
import { describe, expect, it } from 'vitest';
import { clusteredHash, type HashProgress } from '../src/index.js';
import { kMeans } from '../src/k-means.js';
import { kMeansPlusPlus, squaredDistance } from '../src/k-means-plus-plus.js';

const E = 5;

/** Well separated clouds of points: cloud c has `sizes[c]` rows around a point of norm `norms[c]`. Rows are interleaved. */
function clouds(sizes: readonly number[], norms: readonly number[]): { data: Float32Array; cloudOf: number[] } {
  const random = new Random(7);
  const cloudOf = random.shuffle(sizes.flatMap((size, cloud) => Array.from({ length: size }, () => cloud)));
  const data = Float32Array.from({ length: cloudOf.length * E }, (_, i) => {
    const cloud = cloudOf[Math.floor(i / E)];
    return (i % E === cloud % E ? norms[cloud] : 0) + 0.05 * random.normal();
  });
  return { data, cloudOf };
}

const weightsOf = (data: Float32Array, columns = E): MemoryWeights =>
  new MemoryWeights([['embeddings.word', { shape: [data.length / columns, columns], data }]]);

describe('clusteredHash', () => {
  const { data, cloudOf } = clouds([60, 10, 30], [3, 1, 2]);
  const tokenizer = { vocabSize: 100, specialIds: new Set([0, 99]) };
  const options = { weights: weightsOf(data), tokenizer, seed: 11 };
  const layersOfClouds = (exitLayer: Uint8Array): Set<number>[] =>
    [0, 1, 2].map((cloud) => new Set([...exitLayer].filter((_, id) => cloudOf[id] === cloud && id % 99 !== 0)));

  it('puts clusters in order by the mean norm of their embeddings', async () => {
    const { exitLayer, hash } = await clusteredHash({ ...options, layers: 6, buckets: 3 });
    // Norms 3, 1, 2 make places 2, 0, 1; g = 2.
    expect(layersOfClouds(exitLayer)).toEqual([new Set([5]), new Set([1]), new Set([3])]);
    expect([exitLayer[0], exitLayer[99]]).toEqual([6, 6]);
    expect(hash).toMatchObject({
      name: 'clustered',
      parameters: { clusters: 3, clusterSizes: [10, 30, 60], order: 'mean-norm', seed: 11, restarts: 1, buckets: 3 },
    });
    expect(JSON.parse(JSON.stringify(hash))).toEqual(hash);
  });

  it("can put them in order by the sum of the norms, as the authors' code does", async () => {
    const { data, cloudOf } = clouds([60, 10, 30], [1, 3, 1.5]);
    const table = async (order: 'mean-norm' | 'norm-sum'): Promise<[layers: number[], sizes: unknown]> => {
      const { exitLayer, hash } = await clusteredHash({ ...options, weights: weightsOf(data), layers: 3, order });
      const first = (cloud: number): number => exitLayer[cloudOf.findIndex((c, id) => c === cloud && id % 99 !== 0)];
      return [[0, 1, 2].map(first), hash.parameters['clusterSizes']];
    };
    // Sums 60, 30, 45 but means 1, 3, 1.5.
    expect(await table('norm-sum')).toEqual([
      [3, 1, 2],
      [10, 30, 60],
    ]);
    expect(await table('mean-norm')).toEqual([
      [1, 3, 2],
      [60, 30, 10],
    ]);
  });

  it('cuts the order at a target: cluster first, then the norm of the embedding', async () => {
    const targetCorpus = [{ inputIds: Array.from({ length: 100 }, (_, id) => id) }];
    const table = await clusteredHash({ ...options, layers: 3, target: { meanExitLayer: 2 }, targetCorpus });
    const ranking = [...table.ranking!];
    expect(ranking.length).toBe(98);
    const norm = (id: number): number =>
      Math.sqrt(squaredDistance(data.subarray(id * E, id * E + E), new Float32Array(E)));
    const expected = [...ranking].sort((a, b) => [2, 0, 1][cloudOf[a]] - [2, 0, 1][cloudOf[b]] || norm(a) - norm(b));
    expect(ranking).toEqual(expected);
    expect(table.target!.meanExitLayer).toBeLessThanOrEqual(2);
    expect(table.target!.meanExitLayer).toBeGreaterThan(1.97);
    expect(table.exitLayer.reduce((sum, layer) => sum + layer, 0) / 100).toBeCloseTo(table.target!.meanExitLayer, 12);
  });

  it('gives the same table for the same seed', async () => {
    const noise = Float32Array.from(
      { length: 3000 },
      (
        (random) => () =>
          random.normal()
      )(new Random(3)),
    );
    const make = (seed: number) =>
      clusteredHash({
        weights: weightsOf(noise, 10),
        tokenizer: { vocabSize: 300, specialIds: new Set() },
        layers: 6,
        seed,
        restarts: 2,
      });
    expect(await make(1)).toEqual(await make(1));
    expect((await make(1)).exitLayer).not.toEqual((await make(2)).exitLayer);
  });

  it('reports iterations and can be aborted between them', async () => {
    const events: HashProgress[] = [];
    const controller = new AbortController();
    const onProgress = (event: HashProgress): void => {
      events.push(event);
      if (event.status === 'clustering' && event.restart === 2) controller.abort();
    };
    const aborted = clusteredHash({ ...options, layers: 3, restarts: 3, onProgress, signal: controller.signal });
    await expect(aborted).rejects.toSatisfy((error) => HasheeError.isInstance(error, 'ABORTED'));
    expect(events[0]).toEqual({ status: 'clustering', restart: 1, restarts: 3, iteration: 1, maxIterations: 300 });
    expect(events.at(-1)).toMatchObject({ restart: 2, iteration: 1 });
  });

  it.each([
    [{ buckets: 4 }, 'INVALID_ARGUMENT', 'got 4 buckets for 3 layers'],
    [{ restarts: 0 }, 'INVALID_ARGUMENT', 'restarts must be an integer from 1'],
    [{ maxIterations: 0 }, 'INVALID_ARGUMENT', 'maxIterations must be an integer from 1'],
    [{ tolerance: -1 }, 'INVALID_ARGUMENT', 'tolerance must be from 0'],
    [{ order: 'size' as never }, 'INVALID_ARGUMENT', "order 'mean-norm' or 'norm-sum'"],
    [{ seed: -1 }, 'INVALID_ARGUMENT', 'seed must be'],
    [{ target: { meanExitLayer: 2 } }, 'INVALID_ARGUMENT', 'give targetCorpus'],
    [{ vocabSize: 120 }, 'TABLE_MISMATCH', 'The word embedding has 100 rows, the vocabulary 120 entries'],
    [{ tokenizer: { vocabSize: 101, specialIds: new Set<number>() } }, 'TABLE_MISMATCH', 'The tokenizer has 101 ids'],
    [{ weights: new MemoryWeights([]) }, 'NOT_FOUND', 'embeddings.word'],
  ] as const)('refuses %o', async (wrong, code, message) => {
    await expect(clusteredHash({ ...options, layers: 3, ...wrong })).rejects.toSatisfy(
      (error) => HasheeError.isInstance(error, code) && error.message.includes(message),
    );
  });

  it('refuses embeddings that are not numbers, or too much alike', async () => {
    const broken = data.slice();
    broken[42 * E + 1] = Number.NaN;
    await expect(clusteredHash({ ...options, layers: 3, weights: weightsOf(broken) })).rejects.toSatisfy(
      (error) => HasheeError.isInstance(error, 'INVALID_CHECKPOINT') && error.fields['row'] === 42,
    );
    const alike = Float32Array.from({ length: 100 * E }, (_, i) => (i < 10 * E ? 1 : 2));
    await expect(clusteredHash({ ...options, layers: 3, weights: weightsOf(alike) })).rejects.toThrow(
      'only 2 different rows',
    );
  });
});

describe('k-means', () => {
  it('draws different rows as first centres, never one twice, farther ones more often', () => {
    const rows = [0, 0, 0, 1, 10].map((x) => Float32Array.of(x));
    const drawn = Array.from({ length: 300 }, (_, seed) => kMeansPlusPlus(rows, 3, new Random(seed)));
    for (const centres of drawn) expect(new Set(centres.map((row) => rows[row][0]))).toEqual(new Set([0, 1, 10]));
    const second = drawn.filter(([first]) => first < 3).map(([, row]) => row);
    // One draw in a hundred is row 3; of three draws the best is taken.
    expect(new Set(second)).toEqual(new Set([4]));
  });

  it('finds the clusters of the least inertia among its restarts', async () => {
    const { data, cloudOf } = clouds([40, 40, 40, 40, 40], [5, 5, 5, 5, 5]);
    const rows = cloudOf.map((_, row) => data.subarray(row * E, row * E + E));
    const result = await kMeans(rows, { clusters: 5, seed: 1, restarts: 5, maxIterations: 100, tolerance: 1e-4 });
    expect(result.converged).toBe(true);
    const pairs = new Set(cloudOf.map((cloud, row) => `${cloud} ${result.clusters[row]}`));
    expect(pairs.size).toBe(5);
    // 200 points, 5 dimensions, variance 0.0025.
    expect(result.inertia).toBeGreaterThan(2);
    expect(result.inertia).toBeLessThan(3);
  });

  it('keeps the best of its restarts', async () => {
    const random = new Random(5);
    const rows = Array.from({ length: 80 }, () => Float32Array.of(random.normal(), random.normal(), random.normal()));
    const inertia = async (restarts: number): Promise<number> =>
      (await kMeans(rows, { clusters: 8, seed: 1, restarts, maxIterations: 100, tolerance: 0 })).inertia;
    const byRestarts = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(inertia));
    expect(byRestarts).toEqual([...byRestarts].sort((a, b) => b - a));
    expect(byRestarts[7]).toBeLessThan(byRestarts[0] * 0.99);
  });

  it('measures distances of odd and even size', () => {
    expect(squaredDistance([1, 2, 3], [0, 0, 0])).toBe(14);
    expect(squaredDistance([1, 2, 3, 4], [1, 0, 0, 0])).toBe(29);
  });
});
