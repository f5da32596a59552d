import { collate, type TokenBatch } from '@hashee/core';
import {
  type TinyFamily,
  tinyBatch,
  tinyCheckpoint,
  tinyConfig,
  tinyHead,
  tinyRandomTable,
} from '@hashee/core/testing';
import { describe, expect, test } from 'vitest';
import { onnx } from '../src/index.js';

/** The first sequence of a batch. */
function first({ inputIds, tokenTypeIds, exitLayers, offsets }: TokenBatch): TokenBatch {
  const to = offsets[1];
  const alone = collate([{ inputIds: [...inputIds.slice(0, to)], tokenTypeIds: [...tokenTypeIds.slice(0, to)] }]);
  return exitLayers ? { ...alone, exitLayers: exitLayers.slice(0, to) } : alone;
}

const TASKS = ['sequence-classification', 'token-classification', 'regression'] as const;
const FAMILIES: readonly TinyFamily[] = [
  'bert',
  'roberta',
  'distilbert',
  'electra',
  'pruned',
  'wide-heads',
  'one-layer',
];

describe('a sequence alone gets the answer that it gets in company', () => {
  const cases = FAMILIES.flatMap((family) => TASKS.map((task) => [family, task] as const));
  test.each(cases)('%s, %s', async (family, task) => {
    const config = tinyConfig(family);
    const head = tinyHead(task, config.layers);
    const model = tinyCheckpoint({ config, heads: [head], exitTable: tinyRandomTable(config, 4) });
    for (const attention of ['auto', 'projected', 'absorbed'] as const) {
      const encoder = await onnx({ threads: 1, attention }).load(model);
      for (const lengths of [
        [12, 5, 7],
        [1, 4],
        [6, 6],
      ]) {
        const together = tinyBatch(config, { lengths, seed: lengths[0] });
        const L = config.layers;
        const exits = Uint8Array.from(together.inputIds, (_, t) => 1 + ((t * 5 + 2) % L));
        // By the table; by occurrence, where the first token may leave early; and all at once.
        for (const batch of [
          together,
          { ...together, exitLayers: exits },
          { ...together, exitLayers: new Uint8Array(exits.length).fill(1) },
        ])
          for (const hidden of [false, true]) {
            const [own, wanted] = [
              await encoder.forward(first(batch), { hidden }),
              await encoder.forward(batch, { hidden }),
            ];
            own.logits.forEach((value, i) => {
              expect(value).toBeCloseTo(wanted.logits[i], 5);
            });
            own.hidden?.forEach((value, i) => {
              expect(value).toBeCloseTo(wanted.hidden![i], 5);
            });
            expect([...own.account.exitLayers]).toEqual([...wanted.account.exitLayers.slice(0, lengths[0])]);
          }
      }
      await encoder.dispose();
    }
  });
});
