import { expect, test } from 'vitest';
import { cellCommand, planCells } from '../cells.mjs';
import { summarize } from '../report.mjs';

test('a cell comes after what it needs, and shared cells come once', () => {
  const names = planCells(['hashee-adapted-taught', 'dense'], [1, 2]).map(({ name }: { name: string }) => name);
  expect(names).toEqual([
    'hashee-1',
    'adapted',
    'dense-1',
    'hashee-adapted-taught-1',
    'dense-2',
    'hashee-adapted-taught-2',
  ]);
});

test('a taught model starts from the adapted encoder and names its teacher', () => {
  const settings = { work: 'w', pretrained: 'p', recipe: { epochs: 4 }, threads: 1, adapt: { limit: 10 } };
  const words = cellCommand(
    { name: 'hashee-adapted-taught-2', method: 'hashee-adapted-taught', seed: 2 },
    settings,
  ).join(' ');
  expect(words).toContain('--model w/adapted');
  expect(words).toContain('--teacher w/dense-2');
  expect(words).toContain('--epochs 4');
});

test('mean and sample standard deviation', () => {
  const run = (seed: number, accuracy: number) => ({ method: 'dense', seed, accuracy, meanExitLayer: 6, speedup: 1 });
  const [{ accuracy }] = summarize([run(1, 0.8), run(2, 0.82), run(3, 0.84)]);
  expect(accuracy.mean).toBeCloseTo(0.82);
  expect(accuracy.deviation).toBeCloseTo(0.02);
});
