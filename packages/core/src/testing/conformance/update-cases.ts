import { assertClose, assertEqual, assertRefused, assertSame, assertTrue } from '../assertions.js';
import { ReferenceAdamW } from '../reference/adamw.js';
import type { ReferenceWeights } from '../reference/weights.js';
import { tinyRandomTable } from '../tiny-batch.js';
import { tinyCheckpoint } from '../tiny-checkpoint.js';
import type { CaseDefinition } from './context.js';
import {
  copyState,
  copyWeights,
  TINY_LEARNING_RATE as LEARNING_RATE,
  trainingSetup,
  trainSteps,
} from './training-setup.js';

const shape = tinyCheckpoint().config;

const cases: readonly Omit<CaseDefinition, 'needs'>[] = [
  {
    name: 'training: updates are AdamW with clipping and without decay of biases and LayerNorm',
    async run({ createTrainer, tolerance }) {
      const optimizers = [
        undefined,
        { weightDecay: 0.1, maxGradientNorm: 0 },
        { weightDecay: 0, beta1: 0.8, beta2: 0.9, epsilon: 1e-6, maxGradientNorm: 0.05 },
      ];
      for (const optimizer of optimizers) {
        const { checkpoint, spec, batch, targets } = trainingSetup({ spec: optimizer ? { optimizer } : {} });
        const trainer = await createTrainer(checkpoint, spec);
        const reference = new ReferenceAdamW(optimizer);
        const weights: ReferenceWeights = new Map();
        for (const [name, data] of await copyWeights(trainer)) weights.set(name, Float64Array.from(data));
        for (let step = 1; step <= 4; step++) {
          await trainer.accumulate(batch, targets);
          const gradients = new Map(Array.from(weights.keys(), (name) => [name, trainer.gradient(name)]));
          const learningRate = LEARNING_RATE / step;
          const expected = reference.update(weights, gradients, learningRate);
          const { gradientNorm } = await trainer.update({ learningRate });
          assertClose([gradientNorm], [expected.gradientNorm], 1e-4 * expected.gradientNorm, 'gradientNorm');
          assertEqual(trainer.step, step, 'step');
          for (const [name, data] of await copyWeights(trainer))
            assertClose(
              data,
              weights.get(name) ?? [],
              tolerance.update * LEARNING_RATE * step,
              `step ${step}, ${name}`,
            );
        }
      }
    },
  },
  {
    name: 'training: an update clears the gradient',
    async run({ createTrainer }) {
      const { checkpoint, spec, batch, targets } = trainingSetup();
      const trainer = await createTrainer(checkpoint, spec);
      await trainer.accumulate(batch, targets);
      const before = trainer.gradient('layers.1.up.weight');
      const kept = before.slice();
      assertTrue(
        before.some((g) => g !== 0),
        'There is a gradient before the update.',
      );
      await trainer.update({ learningRate: LEARNING_RATE });
      for (const name of trainer.weights().names())
        assertTrue(
          trainer.gradient(name).every((g) => g === 0),
          `The gradient of ${name} is zero after the update.`,
        );
      assertSame(before, kept, 'a gradient that was handed out');
    },
  },
  {
    name: 'training: the loss goes down',
    async run({ createTrainer }) {
      for (const exitTable of [null, tinyRandomTable(shape, 2)]) {
        const { checkpoint, spec, batch, targets } = trainingSetup({ spec: { exitTable } });
        const trainer = await createTrainer(checkpoint, spec);
        const losses: number[] = [];
        for (let step = 0; step < 15; step++) {
          losses.push((await trainer.accumulate(batch, targets)).loss);
          await trainer.update({ learningRate: 3e-3 });
        }
        assertTrue(losses[14] < 0.5 * losses[0], `After 14 updates the loss went from ${losses[0]} to ${losses[14]}.`);
      }
    },
  },
  {
    name: 'training: a restored run goes on identically, with dropout',
    async run({ createTrainer }) {
      const { checkpoint, spec } = trainingSetup({ spec: { dropout: 0.1, exitTable: tinyRandomTable(shape, 3) } });
      const straight = await createTrainer(checkpoint, spec);
      await trainSteps(straight, [1, 2, 3]);
      const state = copyState(straight.state());
      assertEqual(state.step, 3, 'step in the state');
      const expected = await trainSteps(straight, [4, 5, 6]);
      const resumed = await createTrainer(checkpoint, spec);
      await trainSteps(resumed, [9]);
      await resumed.restore(state);
      assertEqual(resumed.step, 3, 'step after restore');
      assertSame(await trainSteps(resumed, [4, 5, 6]), expected, 'losses after restore');
      const weights = await copyWeights(resumed);
      for (const [name, data] of await copyWeights(straight)) assertSame(weights.get(name) ?? [], data, name);
    },
  },
  {
    name: 'training: restore drops a gradient that was under way',
    async run({ createTrainer }) {
      const { checkpoint, spec, batch, targets } = trainingSetup();
      const trainer = await createTrainer(checkpoint, spec);
      const state = copyState(trainer.state());
      await trainer.accumulate(batch, targets);
      await trainer.restore(state);
      assertTrue(
        trainer.gradient('layers.1.up.weight').every((g) => g === 0),
        'No gradient is left after restore.',
      );
    },
  },
  {
    name: 'training: restore refuses a state of another model',
    async run({ createTrainer }) {
      const { checkpoint, spec } = trainingSetup();
      const trainer = await createTrainer(checkpoint, spec);
      const state = copyState(trainer.state());
      const names = [...state.tensors.keys()];
      assertTrue(
        names.some((name) => name.startsWith('weights/')),
        'State tensors are named weights/...',
      );
      const missing = new Map(state.tensors);
      missing.delete(names[0]);
      await assertRefused(
        () => trainer.restore({ step: 1, tensors: missing }),
        'INVALID_CHECKPOINT',
        'a tensor is missing',
      );
      const reshaped = new Map(state.tensors).set(names[0], { shape: [1], data: new Float32Array(1) });
      await assertRefused(
        () => trainer.restore({ step: 1, tensors: reshaped }),
        'INVALID_CHECKPOINT',
        'a tensor has another shape',
      );
      const before = await copyWeights(trainer);
      await trainer.restore(state);
      for (const [name, data] of await copyWeights(trainer)) assertSame(data, before.get(name) ?? [], name);
    },
  },
  {
    name: 'training: only what the recipe names is trained',
    async run({ createTrainer, tolerance }) {
      const trainable = ['layers.3.', 'heads.main.classifier.weight'];
      const { checkpoint, spec, batch, targets } = trainingSetup();
      const all = await createTrainer(checkpoint, spec);
      const some = await createTrainer(checkpoint, { ...spec, trainable });
      await all.accumulate(batch, targets);
      await some.accumulate(batch, targets);
      const trains = (name: string): boolean => name.startsWith('layers.3.') || name === 'heads.main.classifier.weight';
      const before = await copyWeights(some);
      let squares = 0;
      for (const name of before.keys())
        if (trains(name)) {
          const gradient = all.gradient(name);
          assertClose(some.gradient(name), gradient, tolerance.gradient, `gradient of ${name}`);
          for (const g of gradient) squares += g * g;
        }
      const { gradientNorm } = await some.update({ learningRate: LEARNING_RATE });
      assertClose(
        [gradientNorm],
        [Math.sqrt(squares)],
        1e-3 * Math.sqrt(squares),
        'gradientNorm, of the trained ones alone',
      );
      await some.accumulate(batch, targets);
      await some.update({ learningRate: LEARNING_RATE });
      for (const [name, data] of await copyWeights(some)) {
        // A key's bias shifts all scores of a query alike, so its gradient may vanish.
        if (name.endsWith('key.bias')) continue;
        const same = data.every((value, i) => Object.is(value, before.get(name)?.[i]));
        assertEqual(same, !trains(name), `${name} is as it was`);
      }
    },
  },
];

export const updateCases: readonly CaseDefinition[] = cases.map((definition) => ({ ...definition, needs: 'training' }));
