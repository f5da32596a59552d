import {
  collate,
  decoderTensors,
  encoderTensors,
  type LossTerm,
  type SequenceToSequenceCheckpoint,
  type SequenceToSequenceConfig,
  type Trainer,
} from '@hashee/core';
import { referenceForward } from '@hashee/core/testing';
import { onnx } from '@hashee/runtime-onnx';
import { describe, expect, it } from 'vitest';
import { EPSILON, handingOn, numbersIn, plainHead, plainModel, reading, SCALE, weightsOf } from './plain-model.js';

const six = (values: readonly number[]): unknown[] => values.map((value) => expect.closeTo(value, 6));
/** Of float32. */
const near = (values: readonly number[]): unknown[] => values.map((value) => expect.closeTo(value, 4));

/** Queries and keys of 0 attend to all alike: a computed token's number becomes x + mean of all, frozen ones included. */
const averaging = (layers: number): Record<string, readonly number[]> =>
  Object.assign({}, ...Array.from({ length: layers }, (_, i) => handingOn(`layers.${i + 1}`, 2)));

describe('HashEE: carry-up', () => {
  const model = plainModel({
    ...{ layers: 3, words: [[1], [2], [4]], exitLayer: [3, 1, 2] },
    heads: [plainHead('main', 'token-classification', 3, 1)],
    tensors: { ...averaging(3), 'heads.main.classifier.weight': reading([1]) },
  });
  const batch = collate([{ inputIds: [0, 1, 2] }]);
  const last = [15.777778, 4.333333, 11];

  it('freezes states and keeps them as keys and values', async () => {
    const { hidden } = await referenceForward(model, batch);
    expect(numbersIn(hidden[0])).toEqual(six([1, 2, 4]));
    expect(numbersIn(hidden[1])).toEqual(six([3.333333, 4.333333, 6.333333]));
    expect(numbersIn(hidden[2])).toEqual(six([8, 4.333333, 11]));
    expect(numbersIn(hidden[3])).toEqual(six(last));
  });

  it.each(['projected', 'absorbed'] as const)('as a graph with %s attention does', async (attention) => {
    const encoder = await onnx({ attention, threads: 1 }).load(model);
    expect(Array.from((await encoder.forward(batch)).logits)).toEqual(near(last));
    await encoder.dispose();
  });

  it('of a source: a decoder that attends to all alike gets the mean of the carried-up states', async () => {
    const { config: encoder, exitTable } = plainModel({
      layers: 3,
      words: [[1], [2], [4], [0]],
      exitLayer: [3, 1, 2, 3],
    });
    const config: SequenceToSequenceConfig = {
      ...{ modelType: 'bart', encoder, sourceSegment: 0, decoderStartTokenId: 3, endTokenIds: [3], padTokenId: 0 },
      tiedVocabulary: false,
      decoder: {
        ...{ layers: 1, heads: 1, headSize: 2, intermediateSize: 2, maxLength: 8, positionOffset: 0 },
        layerNormEpsilon: EPSILON,
        activation: 'gelu',
        dropout: { hidden: 0, attention: 0, activation: 0 },
      },
    };
    const words = [1, 2, 4, 0].flatMap((number) => [SCALE * number, -SCALE * number]);
    const checkpoint: SequenceToSequenceCheckpoint = {
      config,
      exitTable,
      weights: weightsOf([...encoderTensors(encoder), ...decoderTensors(config)], {
        ...averaging(3),
        ...handingOn('decoder.layers.1.cross', 2),
        'embeddings.word': words,
        'decoder.vocabulary.weight': [...reading([1]), 0, 0, 0, 0, 0, 0],
      }),
    };
    const model = await onnx({ threads: 1 }).loadSequenceToSequence!(checkpoint);
    const decoding = await model.begin(batch);
    expect((await decoding.append(Int32Array.of(3)))[0]).toBeCloseTo(10.37037, 4);
    await model.dispose();
  });
});

async function withTrainer<T>(use: (trainer: Trainer) => Promise<T>, ...given: CreateTrainer): Promise<T> {
  const trainer = await onnx({ threads: 1 }).createTrainer!(...given);
  try {
    return await use(trainer);
  } finally {
    await trainer.dispose();
  }
}

type CreateTrainer = Parameters<NonNullable<ReturnType<typeof onnx>['createTrainer']>>;

describe('ElasticBERT: gradient equilibrium', () => {
  // Four classifiers that read the same number, 1, with the gradients 1, 2, 3, 4: 2·(1 - 0.5) times their weights.
  const heads = [1, 2, 3, 4].map((layer) => plainHead(layer === 4 ? 'main' : `exit${layer}`, 'regression', layer, 1));
  const losses = heads.map(({ name, layer }): LossTerm => ({ head: name, kind: 'mse', weight: layer }));
  const classifiers = heads.map(({ name }) => [`heads.${name}.classifier.weight`, reading([1])]);
  const model = plainModel({ layers: 4, words: [[1]], heads, tensors: Object.fromEntries(classifiers) });

  it.each([
    [true, [2.5, 3, 3.5, 4]],
    [false, [10, 9, 7, 4]],
  ])('%s: what reaches the states of layers 1 to 4', async (gradientEquilibrium, expected) => {
    const spec = { seed: 1, dropout: 0, heads, losses, gradientEquilibrium };
    const reached = await withTrainer(
      async (trainer) => {
        await trainer.accumulate(collate([{ inputIds: [0] }]), { labels: Float32Array.of(0.5) });
        // A LayerNorm's bias is added to the states; a gradient of g for a number is g / 2S for each of its two values.
        return [1, 2, 3, 4].map((layer) => {
          const [up, down] = trainer.gradient(`layers.${layer}.norm.bias`);
          return (up - down) * SCALE;
        });
      },
      model,
      spec,
    );
    expect(reached).toEqual(near(expected));
  });
});

describe('head pruning: importance', () => {
  it('is the sum over positions of |⟨context, gradient⟩|', async () => {
    // Each token attends to itself. Contexts (1, 2) and (0.5, -1) are added to the numbers (1, 0) and (0, 1).
    const head = plainHead('main', 'token-classification', 1, 2);
    const toItself = reading([20, 0], [0, 20]);
    const model = plainModel({
      ...{ layers: 1, headSize: 2, heads: [head] },
      words: [
        [1, 0],
        [0, 1],
      ],
      tensors: {
        'layers.1.query.weight': toItself,
        'layers.1.key.weight': toItself,
        'layers.1.value.weight': reading([1, 0.5], [2, -1]),
        'layers.1.output.weight': [SCALE, 0, -SCALE, 0, 0, SCALE, 0, -SCALE],
        'heads.main.classifier.weight': reading([1, 0], [0, 1]),
      },
    });
    // The mean of two squared distances has the gradient z - y: (0.1, 0.2) and (-0.2, 0.3).
    const answers = [2, 2, 0.5, 0];
    const targets = [0.1, 0.2, -0.2, 0.3].map((gradient, i) => answers[i] - gradient);
    const spec = { seed: 1, dropout: 0, heads: [head], losses: [{ head: 'main', kind: 'mse' } as const] };
    const importance = await withTrainer(
      (trainer) => trainer.headImportance!(collate([{ inputIds: [0, 1] }]), { labels: Float32Array.from(targets) }),
      model,
      spec,
    );
    expect(importance.map((heads) => Array.from(heads))).toEqual([near([0.9])]);
  });
});
