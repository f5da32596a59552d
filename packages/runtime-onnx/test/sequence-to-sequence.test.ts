import { join } from 'node:path';
import { loadSequenceToSequenceCheckpoint } from '@hashee/checkpoint';
import {
  collate,
  type Decoding,
  HasheeError,
  Random,
  type SequenceToSequenceModel,
  type WeightSource,
} from '@hashee/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { onnx } from '../src/index.js';
import { difference, GOLDEN, goldenBatch, readGolden } from './golden-files.js';
import { randomSequenceToSequence } from './random-sequence-to-sequence.js';

/** On values of order 1 to 10; the goldens are float64. */
const TOLERANCE = 1e-4;

interface Case {
  readonly exitLayers: number[];
  readonly hidden: number[][];
  /** [ΣN, V] */
  readonly logits: number[];
}

interface Golden {
  readonly batch: Parameters<typeof goldenBatch>[0];
  readonly layers: number;
  readonly targets: number[][];
  readonly dense: Case;
  readonly exits: Case;
}

/** The targets of all sources side by side, the shorter ones filled up with what nobody reads. */
function padded(targets: readonly (readonly number[])[]): { tokens: Int32Array; longest: number } {
  const longest = Math.max(...targets.map(({ length }) => length));
  return {
    tokens: Int32Array.from(targets.flatMap((row) => [...row, ...new Array<number>(longest - row.length).fill(5)])),
    longest,
  };
}

/** Rows of [B, N, V] that belong to tokens of the targets. */
function unpadded(scores: Float32Array, targets: readonly (readonly number[])[], V: number): number[] {
  const N = scores.length / V / targets.length;
  return targets.flatMap((row, b) => Array.from(scores.subarray(b * N * V, (b * N + row.length) * V)));
}

describe.each(['bart', 'bart-scaled', 'cpt'])('%s as transformers computes it', (family) => {
  const golden = readGolden<Golden>(family);
  let model: SequenceToSequenceModel;
  let V = 0;

  beforeAll(async () => {
    const checkpoint = await loadSequenceToSequenceCheckpoint(join(GOLDEN, family));
    model = await onnx({ threads: 1 }).loadSequenceToSequence!(checkpoint);
    V = model.config.encoder.vocabSize;
  });
  afterAll(() => model.dispose());

  test.each(['dense', 'exits'] as const)('%s: what the decoder reads', async (which) => {
    const { exitLayers, hidden } = golden[which];
    for (const attention of ['auto', 'projected', 'absorbed'] as const) {
      const other = await onnx({ threads: 1, attention }).loadSequenceToSequence!(
        await loadSequenceToSequenceCheckpoint(join(GOLDEN, family)),
      );
      const decoding = await other.begin(goldenBatch(golden.batch, exitLayers));
      expect(difference(decoding.memory, hidden.at(-1)!)).toBeLessThan(TOLERANCE);
      await other.dispose();
    }
  });

  test.each(['dense', 'exits'] as const)('%s: logits of whole targets at once', async (which) => {
    const { exitLayers, logits } = golden[which];
    const decoding = await model.begin(goldenBatch(golden.batch, exitLayers));
    const { tokens } = padded(golden.targets);
    const scores = await decoding.append(tokens, { positions: 'all' });
    expect(difference(unpadded(scores, golden.targets, V), logits)).toBeLessThan(TOLERANCE);
  });

  test.each(['dense', 'exits'] as const)('%s: logits token by token, and in pieces', async (which) => {
    const { exitLayers, logits } = golden[which];
    const batch = goldenBatch(golden.batch, exitLayers);
    const { tokens, longest } = padded(golden.targets);
    const B = golden.targets.length;
    for (const pieces of [new Array<number>(longest).fill(1), [2, 1, 3]]) {
      const decoding = await model.begin(batch);
      const rows = golden.targets.map((): number[] => []);
      for (const [index, size] of pieces.entries()) {
        const from = pieces.slice(0, index).reduce((sum, piece) => sum + piece, 0);
        const part = Int32Array.from({ length: B * size }, (_, i) => {
          return tokens[Math.floor(i / size) * longest + from + (i % size)];
        });
        const scores = await decoding.append(part, { positions: 'all' });
        rows.forEach((row, b) => {
          row.push(...scores.subarray(b * size * V, (b + 1) * size * V));
        });
      }
      const answered = rows.flatMap((row, b) => row.slice(0, golden.targets[b].length * V));
      expect(difference(answered, logits)).toBeLessThan(TOLERANCE);
    }
  });
});

describe('a decoding', () => {
  const golden = readGolden<Golden>('bart');
  const batch = goldenBatch(golden.batch);
  let model: SequenceToSequenceModel;
  let V = 0;

  beforeAll(async () => {
    model = await onnx({ threads: 1 }).loadSequenceToSequence!(
      await loadSequenceToSequenceCheckpoint(join(GOLDEN, 'bart')),
    );
    V = model.config.encoder.vocabSize;
  });
  afterAll(() => model.dispose());

  /** Scores after a prefix, alone in its batch. */
  async function alone(source: number, prefix: readonly number[]): Promise<Float32Array> {
    const single = {
      inputIds: batch.inputIds.slice(batch.offsets[source], batch.offsets[source + 1]),
      tokenTypeIds: batch.tokenTypeIds.slice(batch.offsets[source], batch.offsets[source + 1]),
      offsets: Int32Array.of(0, batch.offsets[source + 1] - batch.offsets[source]),
    };
    return (await model.begin(single)).append(Int32Array.from(prefix));
  }

  async function check(decoding: Decoding, prefixes: number[][], scores: Float32Array): Promise<void> {
    const { sources, width } = decoding;
    for (const [row, prefix] of prefixes.entries()) {
      const expected = await alone(sources[Math.floor(row / width)], prefix);
      expect(difference(scores.subarray(row * V, (row + 1) * V), expected), `row ${row}`).toBeLessThan(TOLERANCE);
    }
  }

  test('hypotheses change places and multiply, sources leave in any order', async () => {
    const decoding = await model.begin(batch);
    let prefixes: number[][] = Array.from(decoding.sources, (b) => [2, 10 + b]);
    await check(decoding, prefixes, await decoding.append(Int32Array.from(prefixes.flat())));
    const go = async (parents: number[]): Promise<void> => {
      decoding.select(parents);
      const next = parents.map((_, row) => 20 + row);
      prefixes = parents.map((parent, row) => [...prefixes[parent], next[row]]);
      await check(decoding, prefixes, await decoding.append(Int32Array.from(next)));
    };
    await go([0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
    expect(decoding.width).toBe(2);
    // Source 1 leaves, the last one takes its place; hypotheses swap.
    await go([1, 0, 10, 11, 5, 5, 6, 7, 9, 8]);
    expect(Array.from(decoding.sources)).toEqual([0, 5, 2, 3, 4]);
    await go([4, 4, 2, 3, 1, 0]);
    expect(Array.from(decoding.sources)).toEqual([2, 5, 0]);
    // Two selections before a step act as one.
    decoding.select([2, 3, 4, 5]);
    prefixes = [2, 3, 4, 5].map((parent) => prefixes[parent]);
    await go([3, 0]);
    expect([decoding.width, decoding.length, ...decoding.sources]).toEqual([1, 6, 0, 5]);
    decoding.select([]);
    expect(await decoding.append(new Int32Array(0))).toHaveLength(0);
    decoding.dispose();
    await expect(decoding.append(new Int32Array(0))).rejects.toMatchObject({ code: 'DISPOSED' });
  });

  test('log-probabilities, the last position alone, and an empty batch', async () => {
    const tokens = Int32Array.from([2, 2, 2, 2, 2, 2].flatMap((start, b) => [start, 7 + b]));
    const all = await (await model.begin(batch)).append(tokens, { positions: 'all' });
    const last = await (await model.begin(batch)).append(tokens, { scores: 'log-probabilities' });
    for (let b = 0; b < 6; b++) {
      const logits = Array.from(all.subarray((2 * b + 1) * V, (2 * b + 2) * V));
      const sum = Math.log(logits.reduce((total, logit) => total + Math.exp(logit), 0));
      expect(
        difference(
          last.subarray(b * V, (b + 1) * V),
          logits.map((logit) => logit - sum),
        ),
      ).toBeLessThan(TOLERANCE);
    }
    const empty = { inputIds: new Int32Array(0), tokenTypeIds: new Uint8Array(0), offsets: Int32Array.of(0) };
    expect(await (await model.begin(empty)).append(new Int32Array(0))).toHaveLength(0);
  });

  test('refuses what it cannot do and goes on', async () => {
    const decoding = await model.begin(batch);
    const refused = async (work: () => unknown): Promise<void> => {
      const error = await Promise.resolve()
        .then(work)
        .catch((cause: unknown) => cause);
      expect(HasheeError.isInstance(error, 'INVALID_ARGUMENT'), String(error)).toBe(true);
    };
    await refused(() => decoding.append(Int32Array.of(1, 2, 3)));
    await refused(() => decoding.append(new Int32Array(6).fill(60)));
    await refused(() => decoding.append(new Int32Array(6).fill(-1)));
    await refused(() => decoding.append(new Int32Array(6 * 13)));
    await refused(() => decoding.select([6]));
    await refused(() => decoding.select([0.5]));
    await refused(() => decoding.select([0, 1, 0]));
    await refused(() => decoding.select([0, 0, 1]));
    const controller = new AbortController();
    controller.abort('enough');
    const step = new Int32Array(6).fill(2);
    await expect(decoding.append(step, { signal: controller.signal })).rejects.toMatchObject({ code: 'ABORTED' });
    const first = decoding.append(step);
    await refused(() => decoding.append(step));
    expect(await first).toHaveLength(6 * V);
    expect(decoding.length).toBe(1);
  });

  test('counts encoder and decoder apart', async () => {
    const decoding = await model.begin(batch);
    const n = batch.inputIds.length;
    // 3 layers of H = 24: keys and values of n states; one token over m = 1 and each source's states.
    const cross = 3 * 2 * n * 24 * 24;
    expect(decoding.account().decoder).toMatchObject({ steps: 0, macs: cross, crossProjectionMacs: cross });
    await decoding.append(new Int32Array(6).fill(2));
    const token = 3 * (6 * (4 * 24 * 24 + 2 * 24 + 2 * 24 * 24 + 2 * 24 * 40) + 2 * n * 24);
    expect(decoding.account().decoder).toMatchObject({
      steps: 1,
      tokens: 6,
      macs: cross + token + 6 * 24 * 60,
      vocabularyMacs: 6 * 24 * 60,
    });
    expect(decoding.account().encoder.macs).toBe(decoding.account().encoder.denseMacs);
  });
});

describe('a larger model', () => {
  const checkpoint = randomSequenceToSequence();
  const random = new Random(3);
  const sequence = (length: number): { inputIds: number[] } => ({
    inputIds: Array.from({ length }, () => random.below(300)),
  });
  // Enough tokens that layer 1 looks its projections up.
  const sources = [60, 17, 64, 5, 40, 33].map(sequence);
  const batch = collate(sources);
  const target = Int32Array.from(sources.flatMap(() => [2, ...sequence(5).inputIds]));
  const logitsOf = async (model: SequenceToSequenceModel): Promise<Float32Array> =>
    (await model.begin(batch)).append(target, { positions: 'all' });

  test('a source alone, where nothing is looked up, has the same states and logits as in its batch', async () => {
    const model = await onnx({ threads: 1 }).loadSequenceToSequence!(checkpoint);
    const whole = await model.begin(batch);
    const scores = await whole.append(target);
    for (const [b, source] of sources.entries()) {
      const single = await model.begin(collate([source]));
      const states = whole.memory.subarray(batch.offsets[b] * 128, batch.offsets[b + 1] * 128);
      expect(difference(single.memory, states)).toBeLessThan(1e-4);
      const alone = await single.append(target.subarray(b * 6, (b + 1) * 6));
      expect(difference(alone, scores.subarray(b * 300, (b + 1) * 300))).toBeLessThan(1e-4);
    }
    await model.dispose();
  });

  test('a step that ends in NaN is refused, and leaves the decoding as it was', async () => {
    const { config, weights } = checkpoint;
    const damaged: WeightSource = {
      names: () => weights.names(),
      shape: (name) => weights.shape(name),
      read: async (name) => {
        const values = Float32Array.from(await weights.read(name));
        const { hiddenSize: H } = config.encoder;
        return name === 'embeddings.word' ? values.fill(Number.NaN, 299 * H, 300 * H) : values;
      },
    };
    const model = await onnx({ threads: 1 }).loadSequenceToSequence!({ config, weights: damaged });
    const answers: Float32Array[] = [];
    for (const through of [false, true]) {
      const decoding = await model.begin(batch);
      const step = (id: number) => decoding.append(new Int32Array(decoding.sources.length).fill(id));
      await step(2);
      if (through) await expect(step(299)).rejects.toMatchObject({ code: 'RUNTIME' });
      expect([decoding.length, decoding.account().decoder.steps]).toEqual([1, 1]);
      answers.push(await step(7));
      decoding.dispose();
    }
    expect(answers[1]).toEqual(answers[0]);
    await model.dispose();
  });

  test('8-bit weights give nearly the same logits', async () => {
    const plain = await onnx({ threads: 1 }).loadSequenceToSequence!(checkpoint);
    const quantized = await onnx({ threads: 1 }).loadSequenceToSequence!(checkpoint, { dtype: 'q8' });
    const [expected, actual] = [await logitsOf(plain), await logitsOf(quantized)];
    const spread = Math.sqrt(expected.reduce((sum, value) => sum + value * value, 0) / expected.length);
    const error = Math.sqrt(actual.reduce((sum, value, i) => sum + (value - expected[i]) ** 2, 0) / expected.length);
    expect(error / spread).toBeLessThan(0.05);
    expect(error / spread).toBeGreaterThan(1e-4);
    expect(quantized.dtype).toBe('q8');
    await plain.dispose();
    await quantized.dispose();
  });

  test('is refused where a tensor is missing or a table is for another model', async () => {
    const backend = onnx();
    const { weights, config } = checkpoint;
    const missing: WeightSource = {
      names: () => weights.names().filter((name) => !name.includes('2.cross.key')),
      shape: (name) => weights.shape(name),
      read: (name) => weights.read(name),
    };
    await expect(backend.loadSequenceToSequence!({ config, weights: missing })).rejects.toMatchObject({
      code: 'INVALID_CHECKPOINT',
      fields: { name: 'decoder.layers.2.cross.key.weight' },
    });
    const exitTable = { layers: 3, exitLayer: new Uint8Array(300).fill(1), hash: { name: 'uniform', parameters: {} } };
    await expect(backend.loadSequenceToSequence!({ ...checkpoint, exitTable })).rejects.toMatchObject({
      code: 'TABLE_MISMATCH',
    });
    const model = await backend.loadSequenceToSequence!(checkpoint);
    const decoding = await model.begin(batch);
    await model.dispose();
    await expect(decoding.append(new Int32Array(6))).rejects.toMatchObject({ code: 'DISPOSED' });
    await expect(model.begin(batch)).rejects.toMatchObject({ code: 'DISPOSED' });
  });
});
