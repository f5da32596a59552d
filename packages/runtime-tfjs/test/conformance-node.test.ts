import { conformanceCases } from '@hashee/core/testing';
import { describe, expect, test } from 'vitest';
import { checkEngines, tfjs } from '../src/index.js';

const native = (await checkEngines()).find(({ engine }) => engine === 'node')!;
if (!native.works) console.warn(`The node engine isn't tested: ${native.reason}`);

// tooling/tfjs-node builds the native part.
describe.skipIf(!native.works)('conformance on node', () => {
  for (const { name, run, skipped } of conformanceCases({ backend: tfjs({ engine: 'node' }) }))
    test.skipIf(skipped)(name, run);
});

test('the node engine works, or says what is missing', () => {
  if (!native.works) expect(native.reason).toMatch(/@tensorflow\/tfjs-node/);
});
