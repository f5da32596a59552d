import { expect, test } from 'vitest';
import { committedModule, kernelModule } from '../build.mjs';

test('the committed bytes are those of adamw.wat', async () => {
  expect(committedModule('adamw')).toBe(await kernelModule('adamw'));
});
