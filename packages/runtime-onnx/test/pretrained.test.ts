import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadModel } from '@hashee/checkpoint';
import { describe, expect, test } from 'vitest';
import { onnx } from '../src/index.js';
import { difference, GOLDEN, goldenBatch } from './golden-files.js';

interface PretrainedGolden {
  readonly sentences: (string | [string, string])[];
  readonly batch: Parameters<typeof goldenBatch>[0];
  /** The columns of each state that are kept. */
  readonly columns: number[];
  /** `[L + 1]` times `[T, columns]` */
  readonly hidden: number[][];
  /** `[B, H]` after the last layer */
  readonly firstTokens: number[];
}

const folder = process.env['HASHEE_PRETRAINED'] ?? join(import.meta.dirname, '../../../.cache/all-MiniLM-L6-v2');
const golden = JSON.parse(readFileSync(join(GOLDEN, 'pretrained.json'), 'utf8')) as PretrainedGolden;

// tooling/fetch-pretrained brings the weights; they are too large for the repository.
describe.skipIf(!existsSync(folder))('a real pretrained encoder as transformers computes it', () => {
  const batch = goldenBatch(golden.batch);

  test('its tokenizer gives the ids of the golden file', async () => {
    const { tokenizer } = await loadModel(folder);
    expect(golden.sentences.flatMap((text) => Array.from(tokenizer.encode(text).inputIds))).toEqual(
      golden.batch.inputIds,
    );
  });

  test('states after every layer, in a pass and in one go', async () => {
    const encoder = await onnx({ threads: 1 }).load(await loadModel(folder));
    const { hiddenSize: H, layers } = encoder.config;
    const columnsOf = (states: Float32Array): number[] =>
      Array.from({ length: states.length / H }, (_, t) =>
        golden.columns.map((column) => states[t * H + column]),
      ).flat();
    const pass = await encoder.begin(batch);
    expect(difference(columnsOf(await pass.hidden()), golden.hidden[0])).toBeLessThan(1e-4);
    for (let layer = 1; layer <= layers; layer++) {
      await pass.advance(layer);
      expect(difference(columnsOf(await pass.hidden()), golden.hidden[layer]), `layer ${layer}`).toBeLessThan(1e-4);
    }
    const { hidden } = await encoder.forward(batch, { hidden: true });
    const first = Array.from(batch.offsets.subarray(0, -1), (t) => Array.from(hidden!.subarray(t * H, (t + 1) * H)));
    expect(difference(first.flat(), golden.firstTokens)).toBeLessThan(1e-4);
    await encoder.dispose();
  });
});
