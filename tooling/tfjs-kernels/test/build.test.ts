import { expect, test } from 'vitest';
import { committedModule, kernelModule } from '../build.mjs';

test('the committed bytes are those of src/encoder.as', async () => {
  expect(committedModule()).toBe(await kernelModule());
});
