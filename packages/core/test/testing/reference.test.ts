import { collate, MemoryWeights } from '@hashee/core';
import {
  assertClose,
  readReferenceWeights,
  referenceForward,
  referenceLoss,
  TINY_FAMILIES,
  tinyBatch,
  tinyCheckpoint,
  tinyExitTable,
  tinyHead,
  tinyRandomTable,
} from '@hashee/core/testing';
import { describe, expect, test } from 'vitest';
import { erf } from '../../src/testing/reference/math.js';
import { canonicalName, goldenBatch, goldenCheckpoint, readGolden, readTensors } from './golden.js';

const FOLDERS = [
  'bert',
  'bert-gelu-new',
  'bert-token-classification',
  'bert-regression',
  'tinybert',
  'roberta',
  'distilbert',
  'electra',
  'albert',
  'albert-groups',
];

/** Golden values have 7 significant digits. */
const ROUNDED = 2e-6;

describe('against transformers', () => {
  test.each(FOLDERS)('%s: states after every layer, logits and loss', async (folder) => {
    const golden = readGolden(`${folder}/golden.json`);
    const checkpoint = goldenCheckpoint(folder);
    const batch = goldenBatch(golden.batch);
    const result = await referenceForward(checkpoint, batch);
    expect(result.hidden).toHaveLength(golden.layers + 1);
    for (const [layer, states] of result.hidden.entries())
      assertClose(states, golden.hidden[layer], ROUNDED, `${folder}, layer ${layer}`);
    assertClose(result.logits('main'), golden.logits, ROUNDED, `${folder}, logits`);

    const regression = checkpoint.heads[0].task === 'regression';
    const labels = regression ? Float32Array.from(golden.labels) : Int32Array.from(golden.labels);
    const losses = [{ head: 'main', kind: regression ? 'mse' : 'cross-entropy' } as const];
    const weights = await readReferenceWeights(checkpoint);
    const { loss } = referenceLoss({ ...checkpoint, losses, weights }, batch, { labels });
    expect(loss).toBeCloseTo(golden.loss, 6);
  });
});

describe('with exits, against the rule in PyTorch', () => {
  const golden = readGolden('bert-hashee/golden.json');
  const batch = goldenBatch(golden.batch);
  const checkpoint = goldenCheckpoint('bert');

  test.each(['pinned', 'unpinned'])('%s: states and logits', async (name) => {
    const expected = golden[name];
    const { hidden, logits } = await referenceForward(checkpoint, {
      ...batch,
      exitLayers: Uint8Array.from(expected.exitLayers),
    });
    const layers = expected.hidden.length === hidden.length ? hidden : [hidden[0], hidden[hidden.length - 1]];
    for (const [i, states] of layers.entries()) assertClose(states, expected.hidden[i], ROUNDED, `states ${i}`);
    assertClose(logits('main'), expected.logits, ROUNDED, 'logits');
  });

  test('gradients by finite differences, also through frozen tokens', async () => {
    const weights = await readReferenceWeights(checkpoint);
    const losses = [{ head: 'main', kind: 'cross-entropy' } as const];
    const labels = Int32Array.from(golden.labels);
    const exits = { ...batch, exitLayers: Uint8Array.from(golden.pinned.exitLayers) };
    const lossAt = (): number => referenceLoss({ ...checkpoint, losses, weights }, exits, { labels }).loss;
    const every = [...readTensors('bert-hashee/grads.safetensors')];
    for (const [name, gradient] of every.filter((_, index) => index % 4 === 0)) {
      const canonical = canonicalName(name);
      const values = weights.get(canonical)!;
      const largest = gradient.data.reduce((best, g, i) => (Math.abs(g) > Math.abs(gradient.data[best]) ? i : best), 0);
      const kept = values[largest];
      values[largest] = kept + 1e-5;
      const above = lossAt();
      values[largest] = kept - 1e-5;
      const below = lossAt();
      values[largest] = kept;
      expect((above - below) / 2e-5, canonical).toBeCloseTo(gradient.data[largest], 6);
    }
  });
});

describe('the exit rule', () => {
  test.each(TINY_FAMILIES)('%s: frozen states are copied up, the others computed', async (family) => {
    const checkpoint = tinyCheckpoint({ family });
    const { layers, hiddenSize: H } = checkpoint.config;
    const { hidden, exitLayers } = await referenceForward(checkpoint, tinyBatch(checkpoint.config), {
      exitTable: tinyRandomTable(checkpoint.config),
    });
    for (let layer = 1; layer <= layers; layer++)
      for (let t = 0; t < exitLayers.length; t++) {
        const before = hidden[layer - 1].subarray(t * H, (t + 1) * H);
        const after = hidden[layer].subarray(t * H, (t + 1) * H);
        if (exitLayers[t] < layer) expect(after).toEqual(before);
        else expect(after).not.toEqual(before);
      }
  });

  test('frozen tokens are keys and values of later layers', async () => {
    const checkpoint = tinyCheckpoint();
    const table = tinyExitTable(checkpoint.config, () => 1);
    const batch = collate([{ inputIds: [2, 10, 3] }]);
    const other = collate([{ inputIds: [2, 11, 3] }]);
    const a = await referenceForward(checkpoint, batch, { exitTable: table });
    const b = await referenceForward(checkpoint, other, { exitTable: table });
    expect(Math.abs(a.logits('main')[0] - b.logits('main')[0])).toBeGreaterThan(1e-3);
  });

  test('averaging attention by hand', async () => {
    // One layer without feed-forward, queries and keys zero: every token attends to all alike, so its state becomes
    // LN(x + mean of all) twice normalised; frozen tokens still count in the mean.
    const plain = tinyCheckpoint({ config: { layers: 2, heads: [3, 3], layerWeights: [1, 1] } });
    const H = plain.config.hiddenSize;
    const identity = Float32Array.from({ length: H * H }, (_, i) => (i % (H + 1) === 0 ? 1 : 0));
    const weights = new MemoryWeights(
      await Promise.all(
        plain.weights.names().map(async (name) => {
          const shape = plain.weights.shape(name);
          const data = Float32Array.from(await plain.weights.read(name));
          if (/layers\.1\.(value|output)\.weight/.test(name)) data.set(identity);
          else if (/layers.*norm\.weight/i.test(name)) data.fill(1);
          else if (name.startsWith('layers.1.')) data.fill(0);
          return [name, { shape, data }] as const;
        }),
      ),
    );
    const batch = { ...collate([{ inputIds: [2, 9, 14] }]), exitLayers: Uint8Array.of(2, 1, 2) };
    const { hidden } = await referenceForward({ ...plain, weights }, batch);
    const normalise = (x: number[]): number[] => {
      const mean = x.reduce((sum, v) => sum + v, 0) / H;
      const deviation = Math.sqrt(x.reduce((sum, v) => sum + (v - mean) ** 2, 0) / H);
      return x.map((v) => (v - mean) / deviation);
    };
    const row = (states: Float64Array, t: number): number[] => [...states.slice(t * H, (t + 1) * H)];
    for (const layer of [1, 2])
      for (const t of [0, 1, 2]) {
        const before = row(hidden[layer - 1], t);
        const moved = before.map((x, i) => x + [0, 1, 2].reduce((sum, u) => sum + row(hidden[layer - 1], u)[i], 0) / 3);
        const expected = layer === 2 && t === 1 ? before : normalise(normalise(moved));
        assertClose(row(hidden[layer], t), expected, 1e-9, `layer ${layer}, token ${t}`);
      }
  });
});

describe('the rest', () => {
  test('erf', () => {
    // Abramowitz & Stegun, table 7.1
    expect(erf(0)).toBe(0);
    expect(erf(0.5)).toBeCloseTo(0.5204998778, 10);
    expect(erf(-1)).toBeCloseTo(-0.8427007929, 10);
    expect(erf(2)).toBeCloseTo(0.995322265, 9);
    expect(erf(7)).toBe(1);
  });

  test('losses by hand', async () => {
    const { config } = tinyCheckpoint();
    const heads = [{ ...tinyHead('sequence-classification', 3, { dense: 'none' }), labels: ['a', 'b'] }];
    const weights = await readReferenceWeights(tinyCheckpoint({ heads }));
    weights.get('heads.main.classifier.weight')!.fill(0);
    weights.get('heads.main.classifier.bias')!.set([Math.log(3), 0]);
    const batch = tinyBatch(config, { lengths: [2, 3, 4] });
    const loss = (kind: 'cross-entropy' | 'distillation', target: Int32Array | Float32Array, temperature = 1): number =>
      referenceLoss({ config, heads, weights, losses: [{ head: 'main', kind, temperature, weight: 2 }] }, batch, {
        labels: target,
      }).loss;
    // The head answers 3/4 and 1/4 whatever it reads; the term counts twice.
    expect(loss('cross-entropy', Int32Array.of(0, 0, 0))).toBeCloseTo(-2 * Math.log(0.75), 12);
    expect(loss('cross-entropy', Int32Array.of(0, -1, 1))).toBeCloseTo(-Math.log(0.75) - Math.log(0.25), 12);
    expect(loss('cross-entropy', Float32Array.of(0.5, 0.5, 0.5, 0.5, 0.5, 0.5))).toBeCloseTo(
      -Math.log(0.75) - Math.log(0.25),
      12,
    );
    const teacher = Float32Array.of(Math.log(3), 0, Math.log(3), 0, 0, 0);
    expect(loss('distillation', teacher, 1)).toBeCloseTo((2 / 3) * 0.5 * Math.log(1 / (2 * 0.75 * 2 * 0.25)), 6);
    const [p, q] = [Math.sqrt(3) / (Math.sqrt(3) + 1), 1 / (Math.sqrt(3) + 1)];
    expect(loss('distillation', teacher, 2)).toBeCloseTo((2 / 3) * 4 * 0.5 * Math.log(1 / (2 * p * 2 * q)), 6);
  });

  test('a tiny checkpoint is the same for the same seed and has every tensor', async () => {
    for (const family of TINY_FAMILIES) {
      const [a, b, c] = [{ family }, { family }, { family, seed: 2 }].map((options) => tinyCheckpoint(options));
      const word = await a.weights.read('embeddings.word');
      expect(await b.weights.read('embeddings.word')).toEqual(word);
      expect(await c.weights.read('embeddings.word')).not.toEqual(word);
    }
    const pruned = tinyCheckpoint({ family: 'pruned' }).weights;
    expect(pruned.names()).not.toContain('layers.2.query.weight');
    expect(pruned.names()).toContain('layers.2.output.bias');
    expect(pruned.shape('layers.3.query.weight')).toEqual([8, 24]);
  });
});
