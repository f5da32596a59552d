import { join } from 'node:path';
import { loadCheckpoint } from '@hashee/checkpoint';
import { describe, expect, test } from 'vitest';
import { tfjs } from '../src/index.js';
import { difference, GOLDEN, goldenBatch, readGolden } from './golden-files.js';

/** On values of order 1 to 10; the goldens are float64. */
const TOLERANCE = 1e-4;

const FAMILIES = [
  'bert',
  'bert-gelu-new',
  'bert-token-classification',
  'bert-regression',
  'tinybert',
  'roberta',
  'distilbert',
  'electra',
  'albert',
  'albert-groups',
];

describe.each(['wasm', 'cpu'] as const)('on %s', (engine) => {
  const backend = tfjs({ engine });

  test.each(FAMILIES)('%s as transformers computes it', async (family) => {
    const golden = readGolden(family);
    const batch = goldenBatch(golden.batch);
    const encoder = await backend.load(await loadCheckpoint(join(GOLDEN, family)));
    const { logits, hidden } = await encoder.forward(batch, { hidden: true });
    expect(difference(logits, golden.logits)).toBeLessThan(TOLERANCE);
    expect(difference(hidden!, golden.hidden[golden.layers])).toBeLessThan(TOLERANCE);
    expect(difference((await encoder.forward(batch)).logits, golden.logits)).toBeLessThan(TOLERANCE);
    const pass = await encoder.begin(batch);
    expect(difference(await pass.hidden(), golden.hidden[0])).toBeLessThan(TOLERANCE);
    for (let layer = 1; layer <= golden.layers; layer++) {
      await pass.advance(layer);
      expect(difference(await pass.hidden(), golden.hidden[layer]), `layer ${layer}`).toBeLessThan(TOLERANCE);
    }
    await encoder.dispose();
  });

  const exits = readGolden<{
    batch: Parameters<typeof goldenBatch>[0];
    pinned: { exitLayers: number[]; hidden: number[][]; logits: number[] };
    unpinned: { exitLayers: number[]; hidden: number[][]; logits: number[] };
  }>('bert-hashee');

  describe.each(['auto', 'projected', 'absorbed'] as const)(
    'exits as PyTorch computes them, attention %s',
    (attention) => {
      test.each(['pinned', 'unpinned'] as const)('%s', async (which) => {
        const { exitLayers, hidden, logits } = exits[which];
        const batch = goldenBatch(exits.batch, exitLayers);
        const encoder = await tfjs({ engine, attention }).load(await loadCheckpoint(join(GOLDEN, 'bert')));
        const output = await encoder.forward(batch, { hidden: true });
        expect(difference(output.hidden!, hidden.at(-1)!)).toBeLessThan(TOLERANCE);
        expect(difference(output.logits, logits)).toBeLessThan(TOLERANCE);
        expect(difference((await encoder.forward(batch)).logits, logits)).toBeLessThan(TOLERANCE);
        const pass = await encoder.begin(batch);
        await pass.advance(encoder.config.layers);
        expect(difference(await pass.hidden(), hidden.at(-1)!)).toBeLessThan(TOLERANCE);
        await encoder.dispose();
      });
    },
  );
});
