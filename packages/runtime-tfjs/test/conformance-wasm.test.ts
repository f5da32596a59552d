import { conformanceCases } from '@hashee/core/testing';
import { describe, test } from 'vitest';
import { tfjs } from '../src/index.js';

describe('conformance on wasm', () => {
  for (const { name, run, skipped } of conformanceCases({ backend: tfjs({ engine: 'wasm' }) }))
    test.skipIf(skipped)(name, run);
});

// Which way attention goes only matters where tokens are frozen.
describe.each(['projected', 'absorbed'] as const)('conformance on wasm, attention %s', (attention) => {
  for (const { name, run, skipped } of conformanceCases({ backend: tfjs({ engine: 'wasm', attention }) }))
    if (/^exits:|^training: (the exit table|exit layers)/.test(name)) test.skipIf(skipped)(name, run);
});
