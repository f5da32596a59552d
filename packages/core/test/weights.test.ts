import { describe, expect, it } from 'vitest';
import {
  defineEncoderConfig,
  encoderTensors,
  HasheeError,
  type HeadConfig,
  headTensors,
  MemoryWeights,
} from '../src/index.js';

describe('MemoryWeights', () => {
  const data = Float32Array.of(1, 2, 3, 4, 5, 6);
  const weights = new MemoryWeights([['a', { shape: [2, 3], data }]]);

  it('gives names, shapes and the tensors themselves', async () => {
    expect(weights.names()).toEqual(['a']);
    expect(weights.shape('a')).toEqual([2, 3]);
    expect(await weights.read('a')).toBe(data);
  });

  it('refuses unknown names and shapes that do not fit', async () => {
    const unknown = (error: unknown): boolean =>
      HasheeError.isInstance(error, 'NOT_FOUND') && error.fields['name'] === 'b';
    expect(() => weights.shape('b')).toThrow(expect.toSatisfy(unknown));
    await expect(weights.read('b')).rejects.toSatisfy(unknown);
    expect(() => new MemoryWeights([['a', { shape: [2, 2], data }]])).toThrow(
      'Tensor "a": shape [2, 2] needs 4 values, got 6.',
    );
  });
});

describe('encoderTensors', () => {
  const sizes = (tensors: [string, number[]][]): number =>
    tensors.reduce((sum, [, shape]) => sum + shape.reduce((product, n) => product * n, 1), 0);

  it('names all 109,482,240 - 590,592 parameters of BERT-base without its pooler', () => {
    const config = defineEncoderConfig({ vocabSize: 30_522, hiddenSize: 768, headCount: 12, layers: 12 });
    const tensors = encoderTensors(config);
    expect(sizes(tensors)).toBe(109_482_240 - 590_592);
    expect(new Set(tensors.map(([name]) => name)).size).toBe(tensors.length);
    expect(tensors).toContainEqual(['layers.12.up.weight', [3072, 768]]);
  });

  it('names shared layers once, and the projection of factorised embeddings: ALBERT-base has 11,683,584 with its pooler', () => {
    const config = defineEncoderConfig({
      vocabSize: 30_000,
      hiddenSize: 768,
      headCount: 12,
      layers: 12,
      embeddingSize: 128,
      layerWeights: Array.from({ length: 12 }, () => 1),
    });
    const tensors = encoderTensors(config);
    expect(sizes(tensors)).toBe(11_683_584 - 590_592);
    expect(tensors).toContainEqual(['embeddings.projection.weight', [768, 128]]);
    expect(tensors.filter(([name]) => name.startsWith('layers.')).every(([name]) => name.startsWith('layers.1.'))).toBe(
      true,
    );
  });

  it('leaves out what a model lacks: segments, pruned attention', () => {
    const config = defineEncoderConfig({
      vocabSize: 10,
      hiddenSize: 8,
      headCount: 2,
      layers: 2,
      typeVocabSize: 0,
      positionOffset: 2,
      maxLength: 6,
      heads: [1, 0],
    });
    const tensors = new Map(encoderTensors(config));
    expect(tensors.has('embeddings.type')).toBe(false);
    expect(tensors.get('embeddings.position')).toEqual([8, 8]);
    expect(tensors.get('layers.1.query.weight')).toEqual([4, 8]);
    expect(tensors.get('layers.1.output.weight')).toEqual([8, 4]);
    expect(tensors.has('layers.2.query.weight')).toBe(false);
    expect(tensors.get('layers.2.output.bias')).toEqual([8]);
  });
});

describe('headTensors', () => {
  it('names the tensors of a head, with and without a dense layer', () => {
    const head: HeadConfig = {
      name: 'exit3',
      task: 'sequence-classification',
      labels: ['no', 'yes'],
      layer: 3,
      dense: 'tanh',
      dropout: 0.1,
    };
    expect(headTensors(head, 8)).toEqual([
      ['heads.exit3.dense.weight', [8, 8]],
      ['heads.exit3.dense.bias', [8]],
      ['heads.exit3.classifier.weight', [2, 8]],
      ['heads.exit3.classifier.bias', [2]],
    ]);
    expect(headTensors({ ...head, dense: 'none' }, 8).length).toBe(2);
    const attending = headTensors({ ...head, attention: { units: 6, heads: 2 } }, 8);
    expect(attending.filter(([name]) => name.endsWith('.weight'))).toEqual([
      ['heads.exit3.reduce.weight', [6, 8]],
      ['heads.exit3.attention.query.weight', [6, 6]],
      ['heads.exit3.attention.key.weight', [6, 6]],
      ['heads.exit3.attention.value.weight', [6, 6]],
      ['heads.exit3.attention.output.weight', [6, 6]],
      ['heads.exit3.dense.weight', [6, 6]],
      ['heads.exit3.classifier.weight', [2, 6]],
    ]);
  });
});
