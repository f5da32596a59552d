import { conformanceCases } from '@hashee/core/testing';
import { describe, test } from 'vitest';
import { onnx } from '../src/index.js';

describe('conformance', () => {
  for (const { name, run, skipped } of conformanceCases({ backend: onnx({ threads: 1 }) }))
    test.skipIf(skipped)(name, run);
});

// Which way attention goes only matters where tokens are frozen.
describe.each(['projected', 'absorbed'] as const)('conformance, attention %s', (attention) => {
  for (const { name, run, skipped } of conformanceCases({ backend: onnx({ threads: 1, attention }) }))
    if (/^exits:|^training: (the exit table|exit layers)/.test(name)) test.skipIf(skipped)(name, run);
});
