import { HasheeError } from '../../errors.js';
import type { HeadConfig } from '../../head.js';
import { Random } from '../../random.js';
import type { LossTerm } from '../../trainer.js';
import { assertClose, assertEqual, assertRefused, assertSame, assertTrue } from '../assertions.js';
import { referenceLoss } from '../reference/loss.js';
import { tensor } from '../reference/weights.js';
import { tinyBatch, tinyRandomTable } from '../tiny-batch.js';
import { tinyCheckpoint, tinyExitHeads, tinyHead } from '../tiny-checkpoint.js';
import type { CaseDefinition, ConformanceContext } from './context.js';
import { checkGradient, referenceFor, slope } from './gradient-check.js';
import { TINY_LEARNING_RATE, tinyLabels, trainingSetup } from './training-setup.js';

const L = 3;
const CLASSES = 'sequence-classification';
const exitHeads = tinyExitHeads(CLASSES, L);
const exitLosses: readonly LossTerm[] = exitHeads.map(({ name }) => ({ head: name, kind: 'cross-entropy' }));

/** One pooler and one certainty unit for all exits. */
const sharing: readonly HeadConfig[] = [
  { ...tinyHead(CLASSES, 1, { name: 'exit1' }), shares: { dense: 'main' } },
  { ...tinyHead(CLASSES, 2, { name: 'exit2' }), shares: { dense: 'main', classifier: 'exit1' } },
  tinyHead(CLASSES, 3),
];

const cases: readonly Omit<CaseDefinition, 'needs'>[] = [
  {
    name: 'training: heads that share tensors',
    async run(context) {
      const checkpoint = tinyCheckpoint({ heads: sharing });
      await checkGradient(context, { ...trainingSetup({ spec: { losses: exitLosses } }), checkpoint }, 'shared');
      const made = { ...trainingSetup({ spec: { losses: exitLosses, heads: sharing } }) };
      const trainer = await context.createTrainer(tinyCheckpoint({ heads: [] }), made.spec);
      const names = trainer.weights().names();
      for (const absent of ['heads.exit1.dense.weight', 'heads.exit2.dense.bias', 'heads.exit2.classifier.weight'])
        assertTrue(!names.includes(absent), `${absent} is another head's and must not be there.`);
    },
  },
  {
    name: 'training: heads with an attention of their own',
    async run(context) {
      const attending = exitHeads.map((head) =>
        head.name === 'main' ? head : { ...head, attention: { units: 6, heads: 2 } },
      );
      const checkpoint = tinyCheckpoint({ heads: attending });
      for (const exitTable of [null, tinyRandomTable(checkpoint.config, 2)])
        for (const lengths of [
          [4, 1, 7, 2],
          [3, 1, 6, 2, 5, 4, 1, 7, 2, 3, 8, 1],
        ]) {
          const setup = trainingSetup({ spec: { losses: exitLosses, exitTable }, lengths });
          await checkGradient(context, { ...setup, checkpoint }, `${lengths.length} sequences`);
        }
      const last: HeadConfig[] = [{ ...exitHeads[2], name: 'top', attention: { units: 4, heads: 1 } }];
      const alone = trainingSetup({ spec: { losses: [{ head: 'top', kind: 'cross-entropy' }] } });
      await checkGradient(context, { ...alone, checkpoint: tinyCheckpoint({ heads: last }) }, 'above the last layer');

      const { batch, targets } = alone;
      const dropping = trainingSetup({ spec: { losses: [exitLosses[0]], dropout: 0.5 } });
      const lossWith = async (dropout: number): Promise<number> => {
        const heads = attending.map((head) => ({ ...head, dropout }));
        const quiet = tinyCheckpoint({ heads, config: { dropout: { hidden: 0, attention: 0, classifier: 0 } } });
        const trainer = await context.createTrainer(quiet, { ...dropping.spec, dropout: undefined });
        return (await trainer.accumulate(batch, targets)).loss;
      };
      const [without, dropped, again] = [await lossWith(0), await lossWith(0.5), await lossWith(0.5)];
      assertTrue(dropped !== without, 'Dropout of the attention of a head must change the loss.');
      assertEqual(again, dropped, 'the same seed drops the same weights');
    },
  },
  {
    name: 'training: cosine distance of rows, one a token',
    async run(context) {
      const head = tinyHead('token-classification', 2, { name: 'states' });
      const losses = [{ head: 'states', kind: 'cosine', target: 'states', weight: 0.6 }, exitLosses[2]] as const;
      for (const exitTable of [null, tinyRandomTable(tinyCheckpoint().config, 2)]) {
        const setup = trainingSetup({ spec: { losses, exitTable } });
        const random = new Random(4);
        const states = Float32Array.from({ length: 5 * setup.batch.inputIds.length }, () => random.normal());
        const checkpoint = tinyCheckpoint({ heads: [head, tinyHead(CLASSES, L)] });
        await checkGradient(context, { ...setup, checkpoint, targets: { ...setup.targets, states } }, 'cosine');
      }
    },
  },
  {
    name: 'training: uncertainty of another head',
    async run(context) {
      const unit: HeadConfig = { ...tinyHead('regression', 2, { name: 'unit' }), shares: { dense: 'exit2' } };
      const losses = [exitLosses[1], { head: 'unit', kind: 'uncertainty', of: 'exit2', weight: 0.7 }] as const;
      const checkpoint = tinyCheckpoint({ heads: [...exitHeads, unit] });
      const setup = trainingSetup({ spec: { losses }, lengths: [4, 1, 7, 2, 5, 3] });
      await checkGradient(context, { ...setup, checkpoint }, 'classes');

      const scores = tinyExitHeads('regression', L);
      const spec = { ...setup.spec, losses: [losses[1]] };
      const regression = tinyCheckpoint({ heads: [...scores, unit] });
      const targets = { labels: tinyLabels('regression', setup.batch) };
      const trainer = await context.createTrainer(regression, spec);
      const { loss } = await trainer.accumulate(setup.batch, targets);
      const expected = referenceLoss(await referenceFor(regression, spec), setup.batch, targets).loss;
      assertClose([loss], [expected], context.tolerance.loss, 'loss, regression');
      const untouched = trainer.gradient('heads.exit2.classifier.weight');
      assertSame(untouched, new Float32Array(untouched.length), 'gradient of the head that is judged');
      assertTrue(
        trainer.gradient('heads.unit.classifier.weight').some((value) => value !== 0),
        'The unit must get a gradient.',
      );
    },
  },
  {
    name: 'training: a margin between confidences',
    async run(context) {
      const partners = Int32Array.of(1, -1, 0, 1);
      for (const margin of [0.5, 0.02]) {
        const losses = [
          { head: 'main', kind: 'cross-entropy' },
          { head: 'main', kind: 'confidence-margin', target: 'partners', margin, weight: 0.8 },
        ] as const;
        const setup = trainingSetup({ spec: { losses } });
        await checkGradient(context, { ...setup, targets: { ...setup.targets, partners } }, `margin ${margin}`);
      }
      const losses = [{ head: 'main', kind: 'confidence-margin', target: 'partners' }] as const;
      const { checkpoint, spec, batch } = trainingSetup({ spec: { losses } });
      const trainer = await context.createTrainer(checkpoint, spec);
      const none = await trainer.accumulate(batch, { partners: new Int32Array(4).fill(-1) });
      assertEqual(none.loss, 0, 'loss without any pair');
      await assertRefused(
        () => trainer.accumulate(batch, { partners: Int32Array.of(1, 4, -1, 0) }),
        'INVALID_ARGUMENT',
        'a partner outside the batch',
      );
    },
  },
  {
    name: 'training: terms that take turns',
    async run({ createTrainer, tolerance }) {
      const losses: readonly LossTerm[] = [
        exitLosses[2],
        { ...exitLosses[0], turn: { of: 2, at: 1 } },
        { ...exitLosses[1], turn: { of: 3, at: 0 } },
      ];
      const checkpoint = tinyCheckpoint({ heads: exitHeads });
      const { spec, batch, targets } = trainingSetup({ spec: { losses } });
      const trainer = await createTrainer(checkpoint, spec);
      for (let step = 0; step < 7; step++) {
        const weights = trainer.weights();
        const present = new Map<string, Float64Array>();
        for (const name of weights.names()) present.set(name, Float64Array.from(await weights.read(name)));
        const reference = { ...(await referenceFor(checkpoint, spec)), weights: present, step };
        const expected = referenceLoss(reference, batch, targets);
        for (let part = 0; part < 2; part++) {
          const { loss, terms } = await trainer.accumulate(batch, targets, { scale: 0.5 });
          assertClose(terms, expected.terms, tolerance.loss * 5, `update ${step}, terms`);
          assertClose([loss], [expected.loss], tolerance.loss * 5, `update ${step}, loss`);
        }
        const gradient = trainer.gradient('heads.exit1.classifier.weight');
        assertEqual(
          gradient.some((value) => value !== 0),
          step % 2 === 1,
          `update ${step}, exit1 gets a gradient`,
        );
        await trainer.update({ learningRate: TINY_LEARNING_RATE });
      }
      const never = [{ ...exitLosses[0], turn: { of: 2, at: 1 } }];
      await assertRefused(
        () => createTrainer(checkpoint, { ...spec, losses: never }),
        'INVALID_ARGUMENT',
        'a recipe without any term in every other update',
      );
    },
  },
  {
    name: 'training: gradient equilibrium',
    async run(context) {
      const checkpoint = tinyCheckpoint({ heads: exitHeads });
      for (const exitTable of [null, tinyRandomTable(checkpoint.config, 2)]) {
        const setup = trainingSetup({ spec: { losses: exitLosses, gradientEquilibrium: true, exitTable } });
        await checkGradient(context, { ...setup, checkpoint }, exitTable ? 'with exits' : 'dense');
      }
    },
  },
  {
    name: 'training: some of the layers',
    async run(context) {
      const inner = tinyCheckpoint({ heads: exitHeads });
      for (const layers of [[1, 3], [2], [1, 2, 3]])
        await checkGradient(context, { ...trainingSetup(), layers }, `layers ${layers.join()}`);
      const losses = exitLosses;
      await checkGradient(
        context,
        { ...trainingSetup({ spec: { losses } }), checkpoint: inner, layers: [1, 3] },
        'exits',
      );
      const { checkpoint, spec, batch, targets } = trainingSetup();
      const trainer = await context.createTrainer(checkpoint, spec);
      for (const layers of [[], [2, 1], [1, 1], [0], [4]])
        await assertRefused(
          () => trainer.accumulate(batch, targets, { layers }),
          'INVALID_ARGUMENT',
          `layers ${layers.join()}`,
        );
    },
  },
  {
    name: 'training: importance of attention heads',
    async run(context) {
      const probe = await context.createTrainer(trainingSetup().checkpoint, trainingSetup().spec);
      if (!probe.headImportance) return;
      // Where one token has a gradient the sum over tokens has one entry, and scaling what a head passes on shows it.
      for (const [lengths, from] of [
        [[1], 1],
        [[7], L],
      ] as const) {
        const { checkpoint, spec, batch, targets } = trainingSetup({ lengths });
        const trainer = await context.createTrainer(checkpoint, spec);
        const importance = await importanceOf(trainer, batch, targets);
        assertEqual(importance.length, L, 'layers');
        const reference = await referenceFor(checkpoint, spec);
        const { headSize: D, hiddenSize: H } = checkpoint.config;
        for (let layer = from; layer <= L; layer++) {
          const A = checkpoint.config.heads[layer - 1];
          const name = `layers.${layer}.output.weight`;
          const weight = tensor(reference.weights, name);
          const expected = Array.from({ length: A }, (_, head) => {
            const along = weight.map((value, i) => (Math.floor((i % (A * D)) / D) === head ? value : 0));
            assertEqual(along.length, A * D * H, name);
            return Math.abs(slope(reference, batch, targets, new Map([[name, along]])));
          });
          const scale = Math.max(...expected);
          assertClose(
            importance[layer - 1],
            expected,
            context.tolerance.gradient * Math.max(1, scale),
            `layer ${layer}, ${lengths[0]} tokens`,
          );
        }
        assertTrue(
          trainer.gradient('layers.1.up.weight').every((value) => value === 0),
          'The gradient stays as it is.',
        );
      }
      const { config } = trainingSetup().checkpoint;
      const [one, two] = [tinyBatch(config, { lengths: [5] }), tinyBatch(config, { lengths: [5, 5], seed: 3 })];
      const trainer = await context.createTrainer(trainingSetup().checkpoint, trainingSetup().spec);
      const twice = {
        inputIds: Int32Array.of(...one.inputIds, ...one.inputIds),
        tokenTypeIds: Uint8Array.of(...one.tokenTypeIds, ...one.tokenTypeIds),
        offsets: two.offsets,
      };
      const single = await importanceOf(trainer, one, { labels: Int32Array.of(1) });
      const double = await importanceOf(trainer, twice, { labels: Int32Array.of(1, 1) });
      for (let index = 0; index < L; index++)
        assertClose(double[index], single[index], context.tolerance.rounding, 'the mean of the same sequence twice');
    },
  },
];

async function importanceOf(
  trainer: Awaited<ReturnType<ConformanceContext['createTrainer']>>,
  ...given: Parameters<NonNullable<typeof trainer.headImportance>>
): Promise<Float32Array[]> {
  if (!trainer.headImportance) throw new HasheeError('NOT_CONFORMING', 'headImportance() is gone.');
  return trainer.headImportance(...given);
}

export const recipeCases: readonly CaseDefinition[] = cases.map((definition) => ({ ...definition, needs: 'training' }));
