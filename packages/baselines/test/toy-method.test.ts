import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atSetting, execute, sweep } from '@hashee/baselines';
import { evaluate } from '@hashee/eval';
import { afterAll, describe, expect, it } from 'vitest';
import { smallContext, smallTexts } from './small-task.js';
import { marginExit } from './toy/margin-exit.js';

const root = mkdtempSync(join(tmpdir(), 'hashee-toy-'));
afterAll(() => rmSync(root, { recursive: true }));

describe('a method of one’s own', () => {
  const source = readFileSync(join(import.meta.dirname, 'toy', 'margin-exit.ts'), 'utf8');

  it('takes less than 40 lines, which CONTRIBUTING shows as they are', () => {
    expect(source.trimEnd().split('\n').length).toBeLessThan(40);
    const page = readFileSync(join(import.meta.dirname, '..', '..', '..', 'CONTRIBUTING.md'), 'utf8');
    expect(page).toContain(`\`\`\`ts\n${source}\`\`\``);
  });

  it('trains, sweeps and runs like the others', async () => {
    const context = smallContext(root);
    const runner = await marginExit.open(await marginExit.train(context), context.backend);
    const test = smallTexts(20, 7, 'sequence-classification');
    const points = await sweep(runner, test);
    expect(points.map(({ setting }) => setting)).toEqual([8, 4, 2, 1, 0.5, 0]);
    expect(points.at(-1)?.meanExit).toBe(1);
    expect(points.at(-1)!.speedup).toBeGreaterThan(points[0].speedup);
    const { macs } = await execute(runner, test, 1);
    expect(macs).toBe(points[3].macs);
    const evaluation = await evaluate(atSetting(runner, 1), test);
    expect(evaluation.macs).toBe(macs);
    expect(evaluation.metrics).toEqual(points[3].metrics);
    expect(evaluation.denseMacs).toBeGreaterThan(points[3].denseMacs);
    await runner.dispose();
  });
});
