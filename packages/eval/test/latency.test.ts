import { availableParallelism } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type Contender, describeMachine, interleave } from '../src/index.js';

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
    ] as const)
      await expect(interleave(contenders, options)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

it('describes the machine', () => {
  const machine = describeMachine();
  expect(machine.cores).toBe(availableParallelism());
  expect(machine.node).toBe(process.versions.node);
  expect(machine.processor).not.toBe('');
});
