import { collate, type HeadTask, type LossTerm, Random, type Targets } from '@hashee/core';
import { describe, expect, it } from 'vitest';
import { bagOfWordsBackend } from './bag-of-words/backend.js';
import { bagOfWords, copyParameters } from './bag-of-words/model.js';

const random = new Random(2);
const batch = collate([3, 1, 6].map((length) => ({ inputIds: Array.from({ length }, () => random.below(40)) })));
const normal = (length: number): Float32Array => Float32Array.from({ length }, () => random.normal());

const cases: readonly (readonly [task: HeadTask, labels: string[], losses: LossTerm[], targets: Targets])[] = [
  [
    'sequence-classification',
    ['a', 'b', 'c'],
    [
      { head: 'main', kind: 'cross-entropy', weight: 0.4 },
      { head: 'main', kind: 'distillation', target: 'teacher', temperature: 2 },
    ],
    { labels: Int32Array.of(2, 0, 1), teacher: normal(9) },
  ],
  ['regression', ['score'], [{ head: 'main', kind: 'mse' }], { labels: Float32Array.of(1, -2, 0.5) }],
  [
    'token-classification',
    ['O', 'B-x'],
    [{ head: 'main', kind: 'cross-entropy' }],
    { labels: Int32Array.of(0, -1, 1, 1, 0, -1, -1, 1, 0, 1) },
  ],
];

describe('the small runtime that these tests train with', () => {
  it.each(cases)('has the gradient of its loss: %s', async (task, labels, losses, targets) => {
    const model = bagOfWords(task, labels);
    const parameters = await copyParameters(model.weights);
    for (const { data } of parameters.values()) data.set(normal(data.length));
    const withWeights = {
      ...model,
      weights: (await bagOfWordsBackend.createTrainer!(model, { seed: 1, losses })).weights(),
    };
    for (const [name, { data }] of parameters) (await withWeights.weights.read(name)).set(data);
    const lossAt = async (): Promise<number> => {
      const trainer = await bagOfWordsBackend.createTrainer!(withWeights, { seed: 1, losses, dropout: 0 });
      return (await trainer.accumulate(batch, targets)).loss;
    };
    const trainer = await bagOfWordsBackend.createTrainer!(withWeights, { seed: 1, losses, dropout: 0 });
    await trainer.accumulate(batch, targets);
    for (const name of parameters.keys()) {
      const gradient = trainer.gradient(name);
      const values = await withWeights.weights.read(name);
      for (let i = 0; i < values.length; i += Math.ceil(values.length / 20)) {
        const value = values[i];
        values[i] = value + 0.01;
        const above = await lossAt();
        values[i] = value - 0.01;
        const below = await lossAt();
        values[i] = value;
        expect(gradient[i]).toBeCloseTo((above - below) / 0.02, 3);
      }
    }
  });
});
