import { conformanceCases } from '@hashee/core/testing';
import { describe, test } from 'vitest';
import { onnx } from '../src/index.js';

for (const attention of ['auto', 'projected', 'absorbed'] as const)
  describe(`conformance, attention ${attention}`, () => {
    for (const { name, run, skipped } of conformanceCases({ backend: onnx({ threads: 1, attention }) }))
      test.skipIf(skipped)(name, run);
  });
