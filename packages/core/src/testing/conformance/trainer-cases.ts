import { collate, type TokenBatch } from '../../batch.js';
import { MemoryWeights } from '../../weights.js';
import { assertClose, assertEqual, assertRefused, assertSame, assertTrue } from '../assertions.js';
import { referenceForward } from '../reference/forward.js';
import { tinyRandomTable } from '../tiny-batch.js';
import { tinyCheckpoint, tinyExitHeads, tinyHead } from '../tiny-checkpoint.js';
import type { CaseDefinition } from './context.js';
import { copyWeights, TINY_LEARNING_RATE as LEARNING_RATE, trainingSetup, trainSteps } from './training-setup.js';

const shape = tinyCheckpoint().config;

const cases: readonly Omit<CaseDefinition, 'needs'>[] = [
  {
    name: 'training: dropout is drawn from the seed',
    async run({ createTrainer }) {
      const { checkpoint, spec, batch, targets } = trainingSetup({ spec: { dropout: 0.3 } });
      const run = async (seed: number, dropout: number): Promise<number[]> => {
        const trainer = await createTrainer(checkpoint, { ...spec, seed, dropout });
        const losses: number[] = [];
        for (let i = 0; i < 3; i++) {
          losses.push((await trainer.accumulate(batch, targets)).loss);
          // Without a learning rate the weights stay, and only the masks differ from step to step.
          if (i === 1) await trainer.update({ learningRate: 0 });
        }
        return losses;
      };
      const first = await run(1, 0.3);
      assertSame(await run(1, 0.3), first, 'losses of the same seed');
      const other = await run(2, 0.3);
      assertTrue(
        other.every((loss, i) => loss !== first[i]),
        'Another seed draws other masks.',
      );
      assertTrue(new Set(first).size === 3, 'Every batch draws masks of its own.');
      const without = await run(1, 0);
      assertTrue(new Set(without).size === 1 && without[0] !== first[0], 'Without dropout, nothing is random.');
    },
  },
  {
    name: 'training: dropout comes from the config unless overridden',
    async run({ createTrainer }) {
      const { spec, batch, targets } = trainingSetup();
      const { dropout: _, ...open } = spec;
      const checkpoint = tinyCheckpoint({ config: { dropout: { hidden: 0, attention: 0, classifier: 0 } } });
      const quiet = { ...checkpoint, heads: checkpoint.heads.map((head) => ({ ...head, dropout: 0 })) };
      const plain = (await (await createTrainer(quiet, spec)).accumulate(batch, targets)).loss;
      assertEqual(
        (await (await createTrainer(quiet, open)).accumulate(batch, targets)).loss,
        plain,
        'loss with dropout 0 in the config',
      );
      for (const part of ['hidden', 'attention', 'activation'] as const) {
        const config = { ...quiet.config, dropout: { ...quiet.config.dropout, [part]: 0.3 } };
        const { loss } = await (await createTrainer({ ...quiet, config }, open)).accumulate(batch, targets);
        assertTrue(loss !== plain, `Dropout "${part}" of the config changes the loss.`);
      }
      const heads = quiet.heads.map((head) => ({ ...head, dropout: 0.4 }));
      const { loss } = await (await createTrainer({ ...quiet, heads }, open)).accumulate(batch, targets);
      assertTrue(loss !== plain, 'Dropout of the head changes the loss.');
    },
  },
  {
    name: 'training: the encoder is a view on the present weights, without dropout',
    async run({ createTrainer, tolerance }) {
      const heads = tinyExitHeads('sequence-classification', 3);
      const checkpoint = tinyCheckpoint({ heads, exitTable: tinyRandomTable(shape, 2) });
      const { spec, batch, targets } = trainingSetup({ spec: { dropout: 0.2 } });
      const trainer = await createTrainer(checkpoint, spec);
      const check = async (what: string): Promise<void> => {
        const tensors = Array.from(
          await copyWeights(trainer),
          ([name, data]) => [name, { shape: trainer.weights().shape(name), data }] as const,
        );
        const present = { ...checkpoint, weights: new MemoryWeights(tensors) };
        const expected = await referenceForward(present, batch);
        for (const head of ['main', 'exit1']) {
          const encoder = await trainer.encoder(head);
          const { logits } = await encoder.forward(batch);
          assertClose(logits, expected.logits(head), tolerance.values, `${what}, ${head}`);
        }
      };
      await check('before');
      for (let i = 0; i < 3; i++) {
        await trainer.accumulate(batch, targets);
        await trainer.update({ learningRate: 1e-2 });
      }
      await check('after three updates');
      const encoder = await trainer.encoder();
      assertEqual(encoder.head?.name, 'main', 'head unless named');
      await encoder.dispose();
      await trainer.accumulate(batch, targets);
    },
  },
  {
    name: 'training: heads that the checkpoint lacks are made from the seed and the pooler',
    async run({ createTrainer }) {
      const bare = tinyCheckpoint({ heads: [] });
      const H = shape.hiddenSize;
      const pooler = Float32Array.from({ length: H * H }, (_, i) => Math.sin(i));
      const poolerBias = Float32Array.from({ length: H }, (_, i) => Math.cos(i));
      const own = await Promise.all(
        bare.weights
          .names()
          .map(
            async (name) => [name, { shape: bare.weights.shape(name), data: await bare.weights.read(name) }] as const,
          ),
      );
      const pooled = new MemoryWeights([
        ...own,
        ['pooler.weight', { shape: [H, H], data: pooler }],
        ['pooler.bias', { shape: [H], data: poolerBias }],
      ]);
      const heads = [tinyHead('sequence-classification', 3), tinyHead('sequence-classification', 1, { name: 'exit1' })];
      const { spec, batch, targets } = trainingSetup({ spec: { heads } });
      const made = async (checkpoint: typeof bare, seed: number): Promise<Map<string, Float32Array>> => {
        const trainer = await createTrainer(checkpoint, { ...spec, seed });
        assertEqual(trainer.heads.map(({ name }) => name).join(), 'main,exit1', 'heads');
        const weights = await copyWeights(trainer);
        await trainer.accumulate(batch, targets);
        await trainer.update({ learningRate: LEARNING_RATE });
        return weights;
      };
      const [a, again, other, withPooler] = [
        await made(bare, 1),
        await made(bare, 1),
        await made(bare, 2),
        await made({ ...bare, weights: pooled }, 1),
      ];
      for (const head of ['main', 'exit1']) {
        const name = `heads.${head}.classifier.weight`;
        const values = a.get(name) ?? new Float32Array(0);
        assertEqual(values.length, 3 * H, `${name}: length`);
        const deviation = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
        assertTrue(
          deviation > 0.012 && deviation < 0.028,
          `${name} must be drawn from N(0, 0.02), its deviation is ${deviation}.`,
        );
        assertSame(again.get(name) ?? [], values, `${name} of the same seed`);
        assertTrue(
          other.get(name)?.every((value, i) => value !== values[i]) === true,
          `${name} of another seed differs.`,
        );
        assertSame(
          withPooler.get(`heads.${head}.dense.weight`) ?? [],
          pooler,
          `heads.${head}.dense.weight is the pooler`,
        );
        assertSame(
          withPooler.get(`heads.${head}.dense.bias`) ?? [],
          poolerBias,
          `heads.${head}.dense.bias is the pooler's`,
        );
      }
      const [main, exit1] = ['main', 'exit1'].map((head) => a.get(`heads.${head}.classifier.weight`));
      assertTrue(main?.every((value, i) => value !== exit1?.[i]) === true, 'No two heads begin alike.');
    },
  },
  {
    name: 'training: an untrained trainer has the weights of its checkpoint',
    async run({ createTrainer }) {
      const { checkpoint, spec } = trainingSetup();
      const trainer = await createTrainer(checkpoint, spec);
      assertEqual(trainer.step, 0, 'step');
      const weights = await copyWeights(trainer);
      for (const name of checkpoint.weights.names())
        assertSame(weights.get(name) ?? [], await checkpoint.weights.read(name), name);
      const kept = await copyWeights(trainer);
      await trainSteps(trainer, [1]);
      for (const name of checkpoint.weights.names())
        assertSame(
          await checkpoint.weights.read(name),
          kept.get(name) ?? [],
          `${name} of the checkpoint, after training`,
        );
    },
  },
  {
    name: 'training: refuses targets that do not fit, and goes on',
    async run({ createTrainer }) {
      const { checkpoint, spec, batch, targets } = trainingSetup();
      const trainer = await createTrainer(checkpoint, spec);
      const bad: Record<string, Int32Array | Float32Array> = {
        'too few labels': Int32Array.of(0, 1, 2),
        'too many labels': Int32Array.of(0, 1, 2, 0, 1),
        'a class that the head lacks': Int32Array.of(0, 1, 3, 0),
        'probabilities of the wrong width': new Float32Array(8).fill(0.5),
        'probabilities that are not numbers': new Float32Array(12).fill(Number.NaN),
      };
      for (const [what, labels] of Object.entries(bad))
        await assertRefused(() => trainer.accumulate(batch, { labels }), 'INVALID_ARGUMENT', what);
      await assertRefused(() => trainer.accumulate(batch, {}), 'INVALID_ARGUMENT', 'no labels');
      const outside = collate([{ inputIds: [999] }]);
      await assertRefused(
        () => trainer.accumulate(outside, { labels: Int32Array.of(0) }),
        'INVALID_BATCH',
        'an id outside',
      );
      for (const name of ['layers.1.up.weight', 'heads.main.classifier.bias'])
        assertTrue(
          trainer.gradient(name).every((g) => g === 0),
          `A refused batch leaves no gradient in ${name}.`,
        );
      await assertRefused(
        async () => trainer.gradient('layers.9.up.weight'),
        'NOT_FOUND',
        'gradient of an unknown tensor',
      );
      await trainer.accumulate(batch, targets);
    },
  },
  {
    name: 'training: refuses regression targets that do not fit',
    async run({ createTrainer }) {
      const { checkpoint, spec, batch } = trainingSetup({ task: 'regression' });
      const trainer = await createTrainer(checkpoint, spec);
      const refuse = (labels: Float32Array, what: string): Promise<unknown> =>
        assertRefused(() => trainer.accumulate(batch, { labels }), ['INVALID_ARGUMENT', 'RUNTIME'], what);
      await refuse(new Float32Array(3), 'too few numbers');
      await refuse(Float32Array.of(0, Number.NaN, 0, 0), 'not a number');
      await refuse(Float32Array.of(0, 1e30, 0, 0), 'a loss that overflows');
    },
  },
  {
    name: 'training: refuses recipes that do not fit the model',
    async run({ createTrainer }) {
      const { checkpoint, spec } = trainingSetup();
      const losses = [{ head: 'nobody', kind: 'cross-entropy' }] as const;
      await assertRefused(
        () => createTrainer(checkpoint, { ...spec, losses }),
        ['NOT_FOUND', 'INVALID_ARGUMENT'],
        'an unknown head',
      );
      const exitTable = tinyRandomTable({ ...shape, layers: 4 });
      await assertRefused(
        () => createTrainer(checkpoint, { ...spec, exitTable }),
        'TABLE_MISMATCH',
        'a table of another model',
      );
    },
  },
  {
    name: 'training: dispose is idempotent, and final',
    async run({ createTrainer }) {
      const { checkpoint, spec, batch, targets } = trainingSetup();
      const trainer = await createTrainer(checkpoint, spec);
      await trainer.accumulate(batch, targets);
      const encoder = await trainer.encoder();
      await trainer.dispose();
      await trainer.dispose();
      await assertRefused(() => trainer.accumulate(batch, targets), 'DISPOSED', 'accumulate');
      await assertRefused(() => trainer.update({ learningRate: 1e-3 }), 'DISPOSED', 'update');
      await assertRefused(() => trainer.encoder(), 'DISPOSED', 'encoder');
      await assertRefused(() => encoder.forward(batch), 'DISPOSED', 'forward of its encoder');
    },
  },
  {
    name: 'training: inputs are left alone',
    async run({ createTrainer }) {
      const { checkpoint, spec, batch, targets } = trainingSetup();
      const trainer = await createTrainer(checkpoint, spec);
      const arrays = (given: TokenBatch): ArrayLike<number>[] => [
        given.inputIds,
        given.tokenTypeIds,
        given.offsets,
        targets['labels'],
      ];
      const copies = arrays(batch).map((values) => Array.from(values));
      await trainer.accumulate(batch, targets);
      await trainer.update({ learningRate: LEARNING_RATE });
      for (const [i, values] of arrays(batch).entries()) assertSame(values, copies[i], `array ${i}`);
    },
  },
];

export const trainerCases: readonly CaseDefinition[] = cases.map((definition) => ({
  ...definition,
  needs: 'training',
}));
