import { collate, type TokenBatch } from '../../batch.js';
import type { Checkpoint } from '../../checkpoint.js';
import { MemoryWeights } from '../../weights.js';
import { assertClose, assertRefused } from '../assertions.js';
import { tinyBatch, tinyRandomTable } from '../tiny-batch.js';
import { tinyCheckpoint } from '../tiny-checkpoint.js';
import type { CaseDefinition } from './context.js';

const { config } = tinyCheckpoint();
const good = tinyBatch(config, { lengths: [4, 2] });

/** Each breaks one rule of the batch. */
const BAD_BATCHES: Readonly<Record<string, TokenBatch>> = {
  'a negative id': { ...good, inputIds: Int32Array.of(2, -1, 9, 3, 2, 3) },
  'an id outside the vocabulary': { ...good, inputIds: Int32Array.of(2, config.vocabSize, 9, 3, 2, 3) },
  'a segment that the model lacks': { ...good, tokenTypeIds: Uint8Array.of(0, 2, 0, 0, 0, 0) },
  'too few segments': { ...good, tokenTypeIds: new Uint8Array(5) },
  'no offsets': { ...good, offsets: new Int32Array(0) },
  'offsets that begin late': { ...good, offsets: Int32Array.of(1, 4, 6) },
  'offsets that end early': { ...good, offsets: Int32Array.of(0, 4, 5) },
  'offsets that end late': { ...good, offsets: Int32Array.of(0, 4, 7) },
  'offsets that go back': { ...good, offsets: Int32Array.of(0, 5, 4, 6) },
  'an empty sequence': { ...good, offsets: Int32Array.of(0, 4, 4, 6) },
  'an over-long sequence': collate([{ inputIds: new Int32Array(config.maxLength + 1).fill(9) }]),
  'an exit at layer 0': { ...good, exitLayers: Uint8Array.of(3, 0, 3, 3, 3, 3) },
  'an exit above the last layer': { ...good, exitLayers: Uint8Array.of(3, 4, 3, 3, 3, 3) },
  'too few exit layers': { ...good, exitLayers: new Uint8Array(5).fill(3) },
};

/** The small model with some tensors replaced or, given `undefined`, left out. */
async function withTensors(
  changes: Record<string, { shape: number[]; data: Float32Array } | undefined>,
): Promise<Checkpoint> {
  const checkpoint = tinyCheckpoint();
  const entries: [string, { shape: readonly number[]; data: Float32Array }][] = [];
  for (const name of checkpoint.weights.names()) {
    const change =
      name in changes
        ? changes[name]
        : { shape: checkpoint.weights.shape(name), data: await checkpoint.weights.read(name) };
    if (change) entries.push([name, change]);
  }
  return { ...checkpoint, weights: new MemoryWeights(entries) };
}

export const refusalCases: readonly CaseDefinition[] = [
  ...Object.entries(BAD_BATCHES).map(
    ([what, batch]): CaseDefinition => ({
      name: `refused: a batch with ${what}`,
      async run({ load, tolerance }) {
        const encoder = await load(tinyCheckpoint());
        const before = await encoder.forward(good);
        await assertRefused(() => encoder.forward(batch), 'INVALID_BATCH', what);
        const after = await encoder.forward(good);
        assertClose(after.logits, before.logits, tolerance.rounding, 'a good batch afterwards');
      },
    }),
  ),
  {
    name: 'refused: a table for another layer count',
    async run({ load }) {
      const table = tinyRandomTable({ ...config, layers: 4 });
      await assertRefused(() => load(tinyCheckpoint(), { exitTable: table }), 'TABLE_MISMATCH', 'as an option');
      await assertRefused(() => load(tinyCheckpoint({ exitTable: table })), 'TABLE_MISMATCH', 'in the checkpoint');
    },
  },
  {
    name: 'refused: a table for another vocabulary',
    async run({ load }) {
      for (const vocabSize of [config.vocabSize - 1, config.vocabSize + 1]) {
        const table = tinyRandomTable({ ...config, vocabSize });
        await assertRefused(() => load(tinyCheckpoint(), { exitTable: table }), 'TABLE_MISMATCH', 'as an option');
        await assertRefused(() => load(tinyCheckpoint({ exitTable: table })), 'TABLE_MISMATCH', 'in the checkpoint');
      }
    },
  },
  {
    name: 'refused: a table with exits outside 1..L',
    async run({ load }) {
      for (const exit of [0, config.layers + 1]) {
        const table = tinyRandomTable(config);
        table.exitLayer[20] = exit;
        await assertRefused(() => load(tinyCheckpoint(), { exitTable: table }), 'INVALID_TABLE', `exit at ${exit}`);
      }
    },
  },
  {
    name: 'refused: an unknown head',
    async run({ load }) {
      await assertRefused(() => load(tinyCheckpoint(), { head: 'nobody' }), 'NOT_FOUND', 'head');
      await assertRefused(() => load(tinyCheckpoint({ heads: [] }), { head: 'main' }), 'NOT_FOUND', 'head of none');
    },
  },
  {
    name: 'refused: an unknown dtype',
    async run({ load }) {
      await assertRefused(() => load(tinyCheckpoint(), { dtype: 'decimal' }), 'UNSUPPORTED', 'dtype');
    },
  },
  {
    name: 'refused: a config that contradicts itself',
    async run({ load }) {
      const checkpoint = tinyCheckpoint();
      const broken = { ...checkpoint, config: { ...checkpoint.config, heads: [3, 3] } };
      await assertRefused(() => load(broken), 'INVALID_CONFIG', 'too few head counts');
    },
  },
  {
    name: 'refused: weights that lack a tensor',
    async run({ load }) {
      for (const name of ['embeddings.word', 'layers.2.key.weight', 'heads.main.classifier.bias']) {
        const checkpoint = await withTensors({ [name]: undefined });
        await assertRefused(() => load(checkpoint), ['INVALID_CHECKPOINT', 'NOT_FOUND'], name);
      }
    },
  },
  {
    name: 'refused: weights of a wrong shape',
    async run({ load }) {
      const wrong: Record<string, number[]> = {
        'embeddings.word': [49, 24],
        'embeddings.position': [11, 24],
        'layers.1.up.weight': [24, 40],
        'layers.3.norm.bias': [12],
        'heads.main.classifier.weight': [4, 24],
      };
      for (const [name, shape] of Object.entries(wrong)) {
        const data = new Float32Array(shape.reduce((product, n) => product * n, 1));
        const checkpoint = await withTensors({ [name]: { shape, data } });
        await assertRefused(() => load(checkpoint), 'INVALID_CHECKPOINT', `${name} as [${shape.join(', ')}]`);
      }
    },
  },
  {
    name: 'refused: weights that are not numbers',
    async run({ load }) {
      const data = new Float32Array(24).fill(Number.NaN);
      const checkpoint = await withTensors({ 'layers.2.norm.bias': { shape: [24], data } });
      await assertRefused(
        async () => (await load(checkpoint)).forward(good),
        ['INVALID_CHECKPOINT', 'RUNTIME'],
        'NaN in a bias, at load or at the first use',
      );
    },
  },
];
