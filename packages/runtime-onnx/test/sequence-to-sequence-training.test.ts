import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSequenceToSequenceCheckpoint } from '@hashee/checkpoint';
import {
  collate,
  collateTargets,
  countTargets,
  type ExitTable,
  MemoryWeights,
  Random,
  type SequenceToSequenceCheckpoint,
  type SequenceToSequenceTrainer,
  type SequenceToSequenceTrainingSpec,
  selectSequences,
  type TargetBatch,
  type TokenBatch,
  type TrainerState,
  type WeightSource,
} from '@hashee/core';
import { afterEach, describe, expect, test } from 'vitest';
import { onnx } from '../src/index.js';
import { difference, GOLDEN, goldenBatch, readGolden } from './golden-files.js';
import { randomSequenceToSequence } from './random-sequence-to-sequence.js';

/** Largest difference relative to the tensor's own largest gradient; expected values are PyTorch's in float64. */
const RELATIVE = 1e-4;
/** What float32 leaves of gradients that are sums of large numbers that nearly cancel. */
const ROUNDING = 1e-7;
const CASES = ['dense', 'exits', 'both'] as const;

interface TrainingGolden {
  readonly batch: Parameters<typeof goldenBatch>[0];
  readonly labels: number[][];
  readonly smoothing: number;
  readonly decoderExitLayer: number[];
  readonly dense: { readonly exitLayers: number[]; readonly loss: number };
  readonly exits: { readonly exitLayers: number[]; readonly loss: number };
  readonly both: { readonly exitLayers: number[]; readonly loss: number; readonly logits: number[] };
}

const golden = (family: string): TrainingGolden => readGolden<TrainingGolden>(family, 'training');
const all = ['embeddings.', 'layers.', 'decoder.'];

const open: SequenceToSequenceTrainer[] = [];
afterEach(async () => {
  for (const trainer of open.splice(0)) await trainer.dispose();
});

async function trainerOf(
  checkpoint: SequenceToSequenceCheckpoint,
  spec: Partial<SequenceToSequenceTrainingSpec>,
  attention: 'auto' | 'projected' | 'absorbed' = 'auto',
): Promise<SequenceToSequenceTrainer> {
  const backend = onnx({ threads: 1, attention });
  const trainer = await backend.createSequenceToSequenceTrainer!(checkpoint, { seed: 1, dropout: 0, ...spec });
  open.push(trainer);
  return trainer;
}

function decoderTable({ decoderExitLayer }: TrainingGolden, { config }: SequenceToSequenceCheckpoint): ExitTable {
  const hash = { name: 'custom', parameters: {} };
  return { layers: config.decoder.layers, exitLayer: Uint8Array.from(decoderExitLayer), hash };
}

/** The stored gradients under the checkpoint's names, read as if they were its weights. */
async function expectedGradients(family: string, which: string): Promise<WeightSource> {
  const folder = await mkdtemp(join(tmpdir(), 'hashee-golden-'));
  try {
    await copyFile(join(GOLDEN, family, 'config.json'), join(folder, 'config.json'));
    await copyFile(join(GOLDEN, family, `grads-${which}.safetensors`), join(folder, 'model.safetensors'));
    const { weights } = await loadSequenceToSequenceCheckpoint(folder);
    const tensors = await Promise.all(
      weights
        .names()
        .map(async (name) => [name, { shape: weights.shape(name), data: await weights.read(name) }] as const),
    );
    return new MemoryWeights(tensors);
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe.each(['bart', 'bart-scaled', 'cpt'])('%s: gradients as PyTorch computes them', (family) => {
  test.each(
    CASES.flatMap((which) =>
      (['auto', 'projected', 'absorbed'] as const).map((attention) => [which, attention] as const),
    ),
  )('%s, %s', async (which, attention) => {
    const file = golden(family);
    const checkpoint = await loadSequenceToSequenceCheckpoint(join(GOLDEN, family));
    const trainer = await trainerOf(
      checkpoint,
      {
        labelSmoothing: file.smoothing,
        trainable: all,
        decoderExitTable: which === 'both' ? decoderTable(file, checkpoint) : null,
      },
      attention,
    );
    const sources = goldenBatch(file.batch, file[which].exitLayers);
    const { loss } = await trainer.accumulate(sources, collateTargets(file.labels));
    expect(loss / file[which].loss).toBeCloseTo(1, 5);
    const expected = await expectedGradients(family, which);
    for (const name of expected.names()) {
      if (name === 'decoder.vocabulary.weight') continue;
      const reference = await expected.read(name);
      const scale = reference.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      // A key's bias shifts all scores of a query alike: its true gradient is 0.
      const tolerance = name.endsWith('key.bias') ? 1e-5 : Math.max(RELATIVE * scale, ROUNDING);
      expect(difference(trainer.gradient(name), reference), name).toBeLessThanOrEqual(tolerance);
    }
  });
});

/** The vocabulary is the word table, as in models that are trained. */
function tiedModel(): SequenceToSequenceCheckpoint {
  const model = randomSequenceToSequence();
  return { ...model, config: { ...model.config, tiedVocabulary: true } };
}

/** Outputs of random lengths for four sources, some labels that don't count. */
function randomExample(vocabulary: number): { sources: TokenBatch; targets: TargetBatch } {
  const random = new Random(5);
  const ids = (length: number): number[] => Array.from({ length }, () => 3 + random.below(vocabulary - 3));
  const sources = collate([7, 3, 12, 1].map((length) => ({ inputIds: ids(length) })));
  const outputs = [4, 9, 1, 6].map(ids);
  outputs[1][3] = outputs[3][0] = -1;
  return { sources, targets: collateTargets(outputs) };
}

function randomTable(layers: number, vocabulary: number): ExitTable {
  const random = new Random(layers);
  const exitLayer = Uint8Array.from({ length: vocabulary }, () => 1 + random.below(layers));
  return { layers, exitLayer, hash: { name: 'custom', parameters: {} } };
}

test('gradients are finite differences of the loss, with dropout, smoothing and exits on both sides', async () => {
  const tied = tiedModel();
  const { encoder, decoder } = tied.config;
  const dropout = { ...encoder.dropout, activation: 0.1 };
  const model = { ...tied, config: { ...tied.config, encoder: { ...encoder, dropout } } };
  const { sources, targets } = randomExample(encoder.vocabSize);
  const spec = {
    dropout: 0.1,
    labelSmoothing: 0.2,
    exitTable: randomTable(encoder.layers, encoder.vocabSize),
    decoderExitTable: randomTable(decoder.layers, encoder.vocabSize),
  };
  const trainer = await trainerOf(model, spec);
  await trainer.accumulate(sources, targets);
  const random = new Random(8);
  for (const name of [
    'embeddings.word',
    'layers.1.value.weight',
    'layers.2.up.weight',
    'decoder.embeddings.position',
    'decoder.layers.1.self.key.weight',
    'decoder.layers.1.cross.value.weight',
    'decoder.layers.2.cross.query.weight',
    'decoder.layers.2.norm.weight',
  ]) {
    // Along a random direction: all entries of a tensor count.
    const gradient = trainer.gradient(name);
    const direction = gradient.map(() => random.normal());
    // Padding's word, which stands where a label doesn't count, is left alone on purpose.
    const { padTokenId } = model.config;
    const H = encoder.hiddenSize;
    if (name === 'embeddings.word') direction.fill(0, padTokenId * H, (padTokenId + 1) * H);
    const expected = gradient.reduce((sum, value, i) => sum + value * direction[i], 0);
    const step = 2e-4;
    const losses = [];
    for (const sign of [1, -1]) {
      const moved = await movedBy(model, name, direction, sign * step);
      losses.push((await (await trainerOf(moved, spec)).accumulate(sources, targets)).loss);
    }
    const measured = (losses[0] - losses[1]) / (2 * step);
    expect(Math.abs(measured - expected), `${name}: ${measured}, ${expected}`).toBeLessThan(
      0.01 * Math.abs(expected) + 5e-3,
    );
  }
});

async function movedBy(
  model: SequenceToSequenceCheckpoint,
  name: string,
  direction: Float32Array,
  step: number,
): Promise<SequenceToSequenceCheckpoint> {
  const { weights } = model;
  const tensors = await Promise.all(
    weights.names().map(async (each) => {
      const data = await weights.read(each);
      const moved = each === name ? data.map((value, i) => value + step * direction[i]) : data;
      return [each, { shape: weights.shape(each), data: moved }] as const;
    }),
  );
  return { ...model, weights: new MemoryWeights(tensors) };
}

describe('a trainer of encoder-decoders', () => {
  const model = tiedModel();
  const { sources, targets } = randomExample(model.config.encoder.vocabSize);

  test('with all exits at the last layer is the dense one', async () => {
    const { encoder, decoder } = model.config;
    const table = (layers: number): ExitTable => ({
      ...randomTable(layers, encoder.vocabSize),
      exitLayer: new Uint8Array(encoder.vocabSize).fill(layers),
    });
    const dense = await trainerOf(model, {});
    const full = await trainerOf(model, { exitTable: table(encoder.layers), decoderExitTable: table(decoder.layers) });
    const expected = await dense.accumulate(sources, targets);
    expect((await full.accumulate(sources, targets)).loss).toBe(expected.loss);
    for (const name of ['embeddings.word', 'layers.1.query.weight', 'decoder.layers.2.cross.key.weight'])
      expect(difference(full.gradient(name), dense.gradient(name)), name).toBe(0);
  });

  test('adds up parts as one batch, in any order', async () => {
    const whole = await trainerOf(model, { labelSmoothing: 0.1 });
    await whole.accumulate(sources, targets);
    const parts = await trainerOf(model, { labelSmoothing: 0.1 });
    const total = countTargets(targets.labels);
    for (const rows of [[3, 1], [0], [2]]) {
      const outputs = rows.map((b) => targets.labels.subarray(targets.offsets[b], targets.offsets[b + 1]));
      const part = collateTargets(outputs);
      await parts.accumulate(selectSequences(sources, rows), part, { scale: countTargets(part.labels) / total });
    }
    for (const name of ['embeddings.word', 'embeddings.position', 'layers.2.down.bias', 'decoder.layers.1.up.weight'])
      expect(difference(parts.gradient(name), whole.gradient(name)), name).toBeLessThan(2e-6);
  });

  test('a vocabulary of its own and the word table share the gradient of a tied one', async () => {
    const tied = await trainerOf(model, {});
    await tied.accumulate(sources, targets);
    const words = await model.weights.read('embeddings.word');
    const same = await replaced(model, 'decoder.vocabulary.weight', words);
    const trainer = await trainerOf({ ...same, config: { ...model.config, tiedVocabulary: false } }, {});
    await trainer.accumulate(sources, targets);
    const own = trainer.gradient('decoder.vocabulary.weight');
    const sum = trainer.gradient('embeddings.word').map((value, i) => value + own[i]);
    expect(difference(sum, tied.gradient('embeddings.word'))).toBeLessThan(1e-6);
    await trainer.update({ learningRate: 1e-3 });
  });

  test('learns a batch by heart, and its model answers as it learned', async () => {
    const trainer = await trainerOf(model, {
      exitTable: randomTable(model.config.encoder.layers, model.config.encoder.vocabSize),
    });
    let loss = Number.POSITIVE_INFINITY;
    for (let step = 0; step < 40; step++) {
      loss = (await trainer.accumulate(sources, targets)).loss;
      await trainer.update({ learningRate: 3e-3 });
    }
    expect(loss).toBeLessThan(0.2);
    const present = await trainer.model();
    const decoding = await present.begin(selectSequences(sources, [0]));
    let token = model.config.decoderStartTokenId;
    for (const label of targets.labels.subarray(0, 4)) {
      const scores = await decoding.append(Int32Array.of(token));
      expect(scores.indexOf(scores.reduce((most, score) => Math.max(most, score)))).toBe(label);
      token = label;
    }
    await present.dispose();
  });

  test('goes on from a stored state to the bit', async () => {
    const spec = { dropout: 0.1, labelSmoothing: 0.1 };
    const straight = await trainerOf(model, spec);
    const losses: number[] = [];
    let stored: TrainerState | undefined;
    for (let step = 0; step < 4; step++) {
      losses.push((await straight.accumulate(sources, targets)).loss);
      await straight.update({ learningRate: 1e-3 });
      if (step === 1) stored = copyOf(straight.state());
    }
    const resumed = await trainerOf(model, spec);
    await resumed.restore(stored!);
    for (let step = 2; step < 4; step++) {
      expect((await resumed.accumulate(sources, targets)).loss).toBe(losses[step]);
      await resumed.update({ learningRate: 1e-3 });
    }
    const [a, b] = [straight.weights(), resumed.weights()];
    for (const name of a.names()) expect(difference(await a.read(name), await b.read(name)), name).toBe(0);
  });

  test.each([
    ['more outputs than sources', collateTargets([[4], [5]]), /1 sources and 2 outputs/],
    ['an empty output', collateTargets([[]]), /0 labels/],
    ['an id that is too large', collateTargets([[300]]), /is 300/],
    ['nothing that counts', collateTargets([[-1, -1]]), /No label/],
  ])('refuses %s', async (_, wrong, message) => {
    const trainer = await trainerOf(model, {});
    await expect(trainer.accumulate(selectSequences(sources, [0]), wrong)).rejects.toThrow(message);
  });

  test('refuses tables of another size and smoothing above 1', async () => {
    const table = randomTable(3, 300);
    await expect(trainerOf(model, { decoderExitTable: table })).rejects.toMatchObject({ code: 'TABLE_MISMATCH' });
    await expect(trainerOf(model, { labelSmoothing: 2 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

async function replaced(
  model: SequenceToSequenceCheckpoint,
  name: string,
  data: Float32Array,
): Promise<SequenceToSequenceCheckpoint> {
  const present = await model.weights.read(name);
  return movedBy(
    model,
    name,
    data.map((value, i) => value - present[i]),
    1,
  );
}

function copyOf({ step, tensors }: TrainerState): TrainerState {
  return {
    step,
    tensors: new Map([...tensors].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }])),
  };
}
