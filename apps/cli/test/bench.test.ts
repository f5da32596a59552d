import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunSummary } from '@hashee/pipeline';
import { describe, expect, test } from 'vitest';
import { measureInTurn } from '../src/commands/bench/measure-in-turn.js';
import { writeModelFolder } from './model-folder.js';
import { run } from './run.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = await temporaryFolder();
const { directory: model } = await writeModelFolder(join(folder, 'model'));
const texts = join(folder, 'texts.txt');
await writeFile(texts, 'a good film\nso bad\nvery dull music and a story\n');

describe('hashee bench', () => {
  test('runs both in turn and compares them', async () => {
    const { code, stdout, stderr } = await run(['bench', texts, '-m', model, '--rounds', '3', '-b', '2', '--json']);
    expect(code, stderr).toBe(0);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({
      texts: 3,
      tokens: 17,
      batchSize: 2,
      threads: 1,
      dense: { summary: { meanExitLayer: 3, sequences: 3 } },
      machine: { node: process.versions.node },
    });
    expect(result.dense.total.rounds).toHaveLength(3);
    expect(result.exits.summary.macs).toBeLessThan(result.dense.summary.macs);
    expect(result.speedup.total).toBeCloseTo(result.dense.total.median / result.exits.total.median, 9);
    expect(result.dense.compute.median).toBeLessThan(result.dense.total.median);
  });

  test('is readable', async () => {
    const { lines } = await run(['bench', texts, '-m', model, '--rounds', '1']);
    expect(lines[0]).toBe('3 texts, batches of 32, threads 1, rounds 1');
    expect(lines[2]).toMatch(/^dense +[\d.,]+ +[\d.,]+ +[\d.]+ m?s \(.*\) +3\.00 of 3$/);
    expect(lines[4]).toMatch(/^speed-up +[\d.]+x +[\d.]+x +counted [\d.]+x$/);
  });

  test('refuses a model without exits, and a file without texts', async () => {
    const { directory } = await writeModelFolder(join(folder, 'dense'), { exitLayer: null });
    expect((await run(['bench', texts, '-m', directory])).stderr).toContain('nothing to compare');
    await writeFile(join(folder, 'empty.txt'), '');
    const empty = await run(['bench', join(folder, 'empty.txt'), '-m', model]);
    expect([empty.code, empty.stderr]).toEqual([1, expect.stringContaining('has no texts')]);
  });
});

test('rounds alternate, the first is not counted, the middle one is the median', async () => {
  const calls: string[] = [];
  let milliseconds = 0;
  const runner = (name: string) => ({
    run: async () => {
      calls.push(name);
      return { milliseconds: ++milliseconds } as RunSummary;
    },
    dispose: async () => {},
  });
  const [a] = await measureInTurn([runner('a'), runner('b')], 3, () => {});
  expect(calls.join('')).toBe('abbaabba');
  expect(a.compute).toEqual({ rounds: [4, 5, 8], median: 5, fastest: 4, slowest: 8 });
  const [even] = await measureInTurn([runner('a')], 2, () => {});
  expect(even.compute.median).toBe((even.compute.fastest + even.compute.slowest) / 2);
});
