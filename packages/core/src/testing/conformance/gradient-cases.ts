import { exitLayersOf, type TokenBatch } from '../../batch.js';
import type { Trainer } from '../../trainer.js';
import { assertClose, assertTrue, fail } from '../assertions.js';
import { referenceLoss } from '../reference/loss.js';
import { tinyBatch, tinyExitTable, tinyRandomTable } from '../tiny-batch.js';
import { tinyCheckpoint, tinyExitHeads, tinyHead } from '../tiny-checkpoint.js';
import { TINY_FAMILIES } from '../tiny-config.js';
import type { CaseDefinition, ConformanceContext } from './context.js';
import { TASKS } from './forward-cases.js';
import { checkGradient, referenceFor, slope } from './gradient-check.js';
import { copyState, tinyLabels, trainingSetup } from './training-setup.js';

async function gradients(trainer: Trainer): Promise<Map<string, Float32Array>> {
  return new Map(
    trainer
      .weights()
      .names()
      .map((name) => [name, trainer.gradient(name)]),
  );
}

/** Largest absolute entry of all. */
function magnitude(tensors: ReadonlyMap<string, Float32Array>): number {
  let largest = 0;
  for (const data of tensors.values()) for (const value of data) largest = Math.max(largest, Math.abs(value));
  return largest;
}

const shape = tinyCheckpoint().config;

const cases: readonly Omit<CaseDefinition, 'needs'>[] = [
  ...TASKS.map((task) => ({
    name: `training: loss and gradient: ${task}`,
    async run(context: ConformanceContext) {
      await checkGradient(context, trainingSetup({ task }), 'dense');
      await checkGradient(context, trainingSetup({ task, table: tinyRandomTable(shape, 2) }), 'with exits');
    },
  })),
  ...TINY_FAMILIES.filter((family) => family !== 'bert').map((family) => ({
    name: `training: loss and gradient: ${family}`,
    async run(context: ConformanceContext) {
      const { config } = tinyCheckpoint({ family });
      await checkGradient(context, trainingSetup({ family, lengths: [7, 2] }), 'dense');
      const table = tinyRandomTable(config, 2);
      await checkGradient(context, trainingSetup({ family, table, lengths: [7, 2] }), 'with exits');
    },
  })),
  {
    name: 'training: probabilities as targets',
    async run(context) {
      const setup = trainingSetup();
      const labels = Float32Array.of(0.7, 0.2, 0.1, 0, 1, 0, 0.25, 0.25, 0.5, 1, 0, 0);
      await checkGradient(context, { ...setup, targets: { labels } }, 'probabilities');
    },
  },
  {
    name: 'training: distillation',
    async run(context) {
      for (const temperature of [1, 3]) {
        const losses = [
          { head: 'main', kind: 'distillation', target: 'teacher', temperature, weight: 0.7 },
          { head: 'main', kind: 'cross-entropy', weight: 0.3 },
        ] as const;
        const setup = trainingSetup({ spec: { losses } });
        const teacher = Float32Array.of(2, -1, 0.5, 0, 0, 0, -3, 1, 1, 0.1, 4, -2);
        await checkGradient(
          context,
          { ...setup, targets: { ...setup.targets, teacher } },
          `temperature ${temperature}`,
        );
      }
    },
  },
  {
    name: 'training: several heads at once, on inner layers',
    async run(context) {
      const heads = [
        ...tinyExitHeads('sequence-classification', 3),
        tinyHead('token-classification', 2, { name: 'tags' }),
      ];
      const losses = [
        { head: 'exit1', kind: 'cross-entropy', weight: 1 / 6 },
        { head: 'exit2', kind: 'cross-entropy', weight: 2 / 6 },
        { head: 'main', kind: 'cross-entropy', weight: 3 / 6 },
        { head: 'tags', kind: 'cross-entropy', target: 'tags', weight: 0.5 },
      ] as const;
      for (const exitTable of [null, tinyRandomTable(shape, 4)]) {
        const setup = trainingSetup({ spec: { losses, exitTable } });
        const tags = tinyLabels('token-classification', setup.batch);
        await checkGradient(
          context,
          { ...setup, checkpoint: tinyCheckpoint({ heads }), targets: { ...setup.targets, tags } },
          exitTable ? 'with exits' : 'dense',
        );
      }
    },
  },
  ...(['relu', 'gelu', 'tanh+relu', 'none'] as const).map((dense) => ({
    name: `training: a head with dense ${dense}`,
    async run(context: ConformanceContext) {
      const checkpoint = tinyCheckpoint({ heads: [tinyHead('sequence-classification', 3, { dense })] });
      await checkGradient(context, { ...trainingSetup({ lengths: [5, 2] }), checkpoint }, dense);
    },
  })),
  {
    name: 'training: the exit table of the recipe replaces or switches off the checkpoint’s',
    async run(context) {
      const table = tinyRandomTable(shape, 2);
      for (const exitTable of [undefined, null, tinyRandomTable(shape, 5)])
        await checkGradient(
          context,
          trainingSetup({ table, spec: { exitTable } }),
          String(exitTable && 'another table'),
        );
    },
  },
  {
    name: 'training: exit layers of the batch, first tokens included',
    async run(context) {
      const setup = trainingSetup();
      const exitLayers = setup.batch.inputIds.map((_, t) => 1 + (t % 3));
      const batch = { ...setup.batch, exitLayers: Uint8Array.from(exitLayers) };
      await checkGradient(context, { ...setup, batch }, 'by occurrence');
      const all = { ...setup.batch, exitLayers: new Uint8Array(exitLayers.length).fill(1) };
      await checkGradient(context, { ...setup, batch: all }, 'everything at layer 1');
    },
  },
  {
    name: 'training: frozen tokens pass gradients as keys and values',
    async run(context) {
      const table = tinyExitTable(shape, () => 1);
      const { checkpoint, spec, batch, targets } = trainingSetup({ table, lengths: [6] });
      const trainer = await context.createTrainer(checkpoint, spec);
      await trainer.accumulate(batch, targets);
      const reference = await referenceFor(checkpoint, spec);
      const exits = exitLayersOf(batch, 3, table);
      const frozen = exits.indexOf(1);
      const word = trainer.gradient('embeddings.word');
      const values = reference.weights.get('embeddings.word') ?? new Float64Array(0);
      const numeric: number[] = [];
      const analytic: number[] = [];
      for (let h = 0; h < shape.hiddenSize; h++) {
        const index = batch.inputIds[frozen] * shape.hiddenSize + h;
        const along = new Uint8Array(values.length);
        along[index] = 1;
        numeric.push(slope(reference, batch, targets, new Map([['embeddings.word', along]])));
        analytic.push(word[index]);
      }
      const size = Math.max(...numeric.map(Math.abs));
      assertTrue(size > 1e-4, 'The frozen token must matter to the loss, or nothing is tested.');
      assertClose(
        analytic,
        numeric,
        context.tolerance.gradient * Math.max(1, size),
        'gradient of the frozen token’s embedding',
      );
    },
  },
  {
    name: 'training: all exits at L have the gradient of the dense model',
    async run({ createTrainer, tolerance }) {
      const table = tinyExitTable(shape, () => 3);
      const { checkpoint, spec, batch, targets } = trainingSetup();
      const [dense, exits] = [
        await createTrainer(checkpoint, spec),
        await createTrainer(checkpoint, { ...spec, exitTable: table }),
      ];
      const [a, b] = [await dense.accumulate(batch, targets), await exits.accumulate(batch, targets)];
      assertClose([b.loss], [a.loss], tolerance.rounding, 'loss');
      const expected = await gradients(dense);
      const scale = magnitude(expected);
      for (const [name, gradient] of expected)
        assertClose(exits.gradient(name), gradient, tolerance.gradient * Math.max(1, scale), `gradient of ${name}`);
    },
  },
  {
    name: 'training: accumulated parts are the whole batch',
    async run({ createTrainer, tolerance }) {
      for (const task of TASKS) {
        const { checkpoint, spec, batch, targets } = trainingSetup({ task, lengths: [4, 1, 7, 2, 12] });
        const labels = targets['labels'];
        const whole = await createTrainer(checkpoint, spec);
        const total = await whole.accumulate(batch, targets);
        const parts = await createTrainer(checkpoint, spec);
        const counted = (values: Int32Array | Float32Array): number =>
          values instanceof Int32Array ? values.filter((label) => label >= 0).length : values.length;
        let loss = 0;
        for (const [from, to] of [
          [0, 2],
          [2, 5],
        ]) {
          const [first, last] = [batch.offsets[from], batch.offsets[to]];
          const part: TokenBatch = {
            inputIds: batch.inputIds.slice(first, last),
            tokenTypeIds: batch.tokenTypeIds.slice(first, last),
            offsets: batch.offsets.slice(from, to + 1).map((offset) => offset - first),
          };
          const slice = task === 'token-classification' ? labels.slice(first, last) : labels.slice(from, to);
          const scale = counted(slice) / counted(labels);
          loss += scale * (await parts.accumulate(part, { labels: slice }, { scale })).loss;
        }
        assertClose([loss], [total.loss], tolerance.loss, `${task}, loss`);
        const expected = await gradients(whole);
        const size = magnitude(expected);
        for (const [name, gradient] of expected)
          assertClose(
            parts.gradient(name),
            gradient,
            tolerance.gradient * Math.max(1, size),
            `${task}, gradient of ${name}`,
          );
      }
    },
  },
  {
    name: 'training: gradients under dropout follow the masks that were drawn',
    async run({ createTrainer }) {
      for (const table of [null, tinyRandomTable(shape, 2)]) {
        const setup = trainingSetup({ spec: { dropout: 0.2, exitTable: table } });
        const { spec, batch, targets } = setup;
        const { config } = setup.checkpoint;
        const dropout = { ...config.dropout, activation: 0.1 };
        const checkpoint = { ...setup.checkpoint, config: { ...config, dropout } };
        const origin = await createTrainer(checkpoint, spec);
        const state = copyState(origin.state());
        const { loss } = await origin.accumulate(batch, targets);
        const direction = await gradients(origin);
        let squares = 0;
        for (const g of direction.values()) for (const value of g) squares += value * value;
        const norm = Math.sqrt(squares);
        // The same seed and step draw the same masks, so the loss is a smooth function of the weights.
        const at = async (distance: number): Promise<number> => {
          const tensors = new Map(state.tensors);
          for (const [name, g] of direction) {
            const tensor = tensors.get(`weights/${name}`);
            if (!tensor) fail(`state() has no tensor "weights/${name}".`);
            tensors.set(`weights/${name}`, {
              shape: tensor.shape,
              data: tensor.data.map((w, i) => w + (distance * g[i]) / norm),
            });
          }
          const trainer = await createTrainer(checkpoint, spec);
          await trainer.restore({ step: state.step, tensors });
          return (await trainer.accumulate(batch, targets)).loss;
        };
        assertClose([await at(0)], [loss], 1e-6 * Math.max(1, loss), 'loss of the same weights');
        const step = 2e-3;
        const measured = ((await at(step)) - (await at(-step))) / (2 * step);
        assertClose([measured], [norm], 0.02 * norm, 'slope along the gradient');
      }
    },
  },
  {
    name: 'training: batches of unequal shape one after another',
    async run({ createTrainer, tolerance }) {
      const table = tinyRandomTable(shape, 6);
      const { checkpoint, spec } = trainingSetup({ table });
      const reference = await referenceFor(checkpoint, spec);
      const trainer = await createTrainer(checkpoint, spec);
      for (const lengths of [[1], [12], [3, 3], [1, 1, 1], [12, 1, 5], [2], [1]]) {
        const batch = tinyBatch(shape, { lengths, seed: lengths.length });
        const targets = { labels: tinyLabels('sequence-classification', batch) };
        const { loss } = await trainer.accumulate(batch, targets);
        assertClose(
          [loss],
          [referenceLoss(reference, batch, targets).loss],
          tolerance.loss * 5,
          `lengths ${lengths.join()}`,
        );
      }
    },
  },
];

export const gradientCases: readonly CaseDefinition[] = cases.map((definition) => ({
  ...definition,
  needs: 'training',
}));
