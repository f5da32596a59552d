import { availableParallelism } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import {
  bootstrap,
  type Contender,
  compareTimings,
  dealSlices,
  describeMachine,
  interleave,
  pairsForInterval,
  speedupInterval,
} from '../src/index.js';

describe('interleave', () => {
  it('runs contenders in turns and leaves the warm-up out', async () => {
    const order: string[] = [];
    const clock = (name: string, values: number[]): Contender => ({
      name,
      run: async () => {
        order.push(name);
        return values.shift() as number;
      },
    });
    const seen: number[] = [];
    const timings = await interleave([clock('a', [900, 3, 1, 8, 4]), clock('b', [800, 20, 40, 10, 30])], {
      rounds: 4,
      onRun: ({ done, total }) => seen.push(done / total),
    });
    expect(order.join('')).toBe('abbaabbaab');
    expect(timings).toMatchObject([
      { name: 'a', milliseconds: [3, 1, 8, 4], median: 3.5, minimum: 1 },
      { name: 'b', milliseconds: [20, 40, 10, 30], median: 25, minimum: 10 },
    ]);
    expect(seen).toHaveLength(10);
    expect(seen.at(-1)).toBe(1);
  });

  it('takes turns at the slices of a round', async () => {
    const order: string[] = [];
    const contender = (name: string, factor: number): Contender => ({
      name,
      run: async (slice) => {
        order.push(`${name}${slice}`);
        return factor * (slice + 1);
      },
    });
    const options = { rounds: 2, warmup: 1, slices: 2 };
    const timings = await interleave([contender('a', 1), contender('b', 10)], options);
    expect(order.join(' ')).toBe('a0 b0 b1 a1 b0 a0 a1 b1 a0 b0 b1 a1');
    expect(timings.map(({ slices }) => slices)).toEqual([
      [
        [1, 2],
        [1, 2],
      ],
      [
        [10, 20],
        [10, 20],
      ],
    ]);
    expect(timings[1]).toMatchObject({ milliseconds: [30, 30], median: 30 });
    expect(timings[0].cpuMilliseconds).toHaveLength(2);
  });

  it('takes the time of what has no clock of its own', async () => {
    const [timing] = await interleave([{ name: 'sleep', run: () => wait<void>(20) }], { rounds: 2, warmup: 0 });
    expect(timing.milliseconds).toHaveLength(2);
    expect(timing.minimum).toBeGreaterThan(15);
    expect(timing.minimum).toBeLessThan(500);
  });

  it('tells processor time from waiting', async () => {
    const busy = async (): Promise<void> => {
      const { user } = process.cpuUsage();
      while (process.cpuUsage().user - user < 30_000);
    };
    const contenders = [
      { name: 'busy', run: busy },
      { name: 'sleep', run: () => wait<void>(30) },
    ];
    const [worked, slept] = await interleave(contenders, { rounds: 3, warmup: 0 });
    expect(Math.min(...worked.cpuMilliseconds)).toBeGreaterThanOrEqual(30);
    expect(Math.min(...slept.cpuMilliseconds)).toBeLessThan(25);
  });

  it('stops between two runs', async () => {
    const controller = new AbortController();
    let runs = 0;
    const contender = { name: 'a', run: async () => void (++runs === 3 && controller.abort()) };
    await expect(interleave([contender], { rounds: 10, signal: controller.signal })).rejects.toMatchObject({
      code: 'ABORTED',
    });
    expect(runs).toBe(3);
  });

  it('refuses counts that mean nothing', async () => {
    const contender = { name: 'a', run: async () => {} };
    for (const [contenders, options] of [
      [[], {}],
      [[contender], { rounds: 0 }],
      [[contender], { rounds: 1.5 }],
      [[contender], { warmup: -1 }],
      [[contender], { slices: 0 }],
    ] as const)
      await expect(interleave(contenders, options)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

describe('compareTimings', () => {
  it('is not misled by a machine whose speed drifts', async () => {
    // One contender is twice as fast; the machine gets slower all the time, four times over the measurement, and stumbles.
    let turns = 0;
    const drifting = (name: string, milliseconds: number): Contender => ({
      name,
      run: async (slice) => {
        const speed = 1 + (3 * turns++) / 240;
        return milliseconds * (1 + slice / 10) * speed * (turns % 17 === 0 ? 5 : 1);
      },
    });
    const [dense, exits] = await interleave([drifting('dense', 20), drifting('exits', 10)], {
      rounds: 6,
      warmup: 0,
      slices: 20,
    });
    const speedup = compareTimings(dense, exits);
    expect(speedup.pairs).toBe(120);
    expect(speedup.median).toBeCloseTo(2, 1);
    expect(speedup.low).toBeGreaterThan(1.98);
    expect(speedup.high).toBeLessThan(2.02);
    expect(speedup.low).toBeLessThanOrEqual(speedup.median);
    expect(speedup.high).toBeGreaterThanOrEqual(speedup.median);
    expect(compareTimings(dense, exits)).toEqual(speedup);
  });

  it('refuses what was not measured together', () => {
    const refused = (a: number[][], b: number[][]) => () => compareTimings({ slices: a }, { slices: b });
    expect(refused([[1, 2]], [[1], [2]])).toThrow('one call of interleave');
    expect(refused([[1]], [[1], [2]])).toThrow('one call of interleave');
    expect(refused([], [])).toThrow('one call of interleave');
    expect(refused([[1]], [[0]])).toThrow('no time at all');
  });

  it('gives no interval below the pairs that the level needs', () => {
    const timed = (count: number, level?: number) =>
      compareTimings(
        { slices: [Array.from({ length: count }, (_, i) => 20 + i)] },
        { slices: [Array(count).fill(10)] },
        { level },
      );
    expect(timed(1)).toEqual({ median: 2, level: 0.95, pairs: 1 });
    expect(timed(5)).toEqual({ median: 2.2, level: 0.95, pairs: 5 });
    const six = timed(6);
    expect(six).toMatchObject({ median: 2.25, level: 0.95, pairs: 6 });
    expect(speedupInterval(six)).toEqual({ estimate: 2.25, low: six.low, high: six.high, level: 0.95 });
    expect(timed(6, 0.99)).toEqual({ median: 2.25, level: 0.99, pairs: 6 });
    expect(timed(8, 0.99)).toHaveProperty('low');
    // As files have it that were written before.
    expect(speedupInterval({ median: 2, low: 1.9, high: 2.1, level: 0.95, pairs: 5 })).toBeUndefined();
  });

  it('needs so many pairs that their whole range would reach the level', () => {
    for (const level of [0.5, 0.8, 0.9, 0.95, 0.99, 0.999]) {
      const pairs = pairsForInterval(level);
      expect(1 - 2 * 0.5 ** pairs).toBeGreaterThanOrEqual(level);
      expect(1 - 2 * 0.5 ** (pairs - 1)).toBeLessThan(level);
    }
  });
});

describe('dealSlices', () => {
  it('gives each slice large and small ones', () => {
    expect(dealSlices([9, 8, 7, 6, 5, 4, 3], 3)).toEqual([
      [9, 4, 3],
      [8, 5],
      [7, 6],
    ]);
    expect(dealSlices([1, 2], 5)).toEqual([[1], [2]]);
    expect(dealSlices([], 2)).toEqual([]);
    expect(() => dealSlices([1], 0)).toThrow('whole number from 1');
  });
});

describe('bootstrap', () => {
  const values = Array.from({ length: 200 }, (_, i) => ((i * 37) % 200) / 200);
  const meanOf = (positions: Uint32Array): number =>
    positions.reduce((sum, i) => sum + values[i], 0) / positions.length;

  it('finds the interval of a mean', () => {
    // Normal approximation: 1.96 standard errors, sqrt(1/12) / sqrt(200).
    const { estimate, low, high, level } = bootstrap(200, meanOf, { seed: 3 });
    const reach = (1.96 * Math.sqrt(1 / 12)) / Math.sqrt(200);
    expect(level).toBe(0.95);
    expect(estimate).toBeCloseTo(0.4975, 9);
    expect(low).toBeGreaterThan(estimate - 1.15 * reach);
    expect(low).toBeLessThan(estimate - 0.85 * reach);
    expect(high).toBeGreaterThan(estimate + 0.85 * reach);
    expect(high).toBeLessThan(estimate + 1.15 * reach);
    const narrow = bootstrap(200, meanOf, { seed: 3, level: 0.5 });
    expect(narrow.high - narrow.low).toBeLessThan((high - low) / 2);
  });

  it('leaves samples out for which the statistic is not defined', () => {
    const fragile = (positions: Uint32Array): number => (new Set(positions).size < 2 ? Number.NaN : 1);
    expect(bootstrap(2, fragile)).toMatchObject({ estimate: 1, low: 1, high: 1 });
  });

  it('refuses counts that mean nothing', () => {
    for (const refused of [
      () => bootstrap(0, meanOf),
      () => bootstrap(5, meanOf, { resamples: 0 }),
      () => bootstrap(5, meanOf, { level: 1 }),
    ])
      expect(refused).toThrow(/got/);
  });
});

it('describes the machine', () => {
  const machine = describeMachine();
  expect(machine.cores).toBe(availableParallelism());
  expect(machine.node).toBe(process.versions.node);
  expect(machine.processor).not.toBe('');
});
