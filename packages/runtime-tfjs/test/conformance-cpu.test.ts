import { conformanceCases } from '@hashee/core/testing';
import { describe, test } from 'vitest';
import { tfjs } from '../src/index.js';

describe('conformance on cpu', () => {
  for (const { name, run, skipped } of conformanceCases({ backend: tfjs({ engine: 'cpu' }) }))
    test.skipIf(skipped)(name, run);
});
