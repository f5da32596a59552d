import { describe, expect, it } from 'vitest';
import { defineEncoderConfig, type EncoderConfig, HasheeError, validateEncoderConfig } from '../src/index.js';

describe('defineEncoderConfig', () => {
  it("fills in BERT's own values", () => {
    expect(defineEncoderConfig({ vocabSize: 30_522, hiddenSize: 384, headCount: 12, layers: 2 })).toEqual({
      modelType: 'bert',
      vocabSize: 30_522,
      hiddenSize: 384,
      embeddingSize: 384,
      intermediateSize: 1536,
      layers: 2,
      heads: [12, 12],
      headSize: 32,
      maxLength: 512,
      positionOffset: 0,
      typeVocabSize: 2,
      layerNormEpsilon: 1e-12,
      activation: 'gelu',
      layerWeights: [1, 2],
      dropout: { hidden: 0.1, attention: 0.1, classifier: 0.1 },
      padTokenId: 0,
    });
  });

  it('lets every value be set: shared layers, factorised embeddings, pruned heads', () => {
    const config = defineEncoderConfig({
      vocabSize: 100,
      hiddenSize: 8,
      headCount: 2,
      layers: 3,
      modelType: 'albert',
      embeddingSize: 4,
      layerWeights: [1, 1, 1],
      heads: [2, 1, 0],
    });
    expect(config).toMatchObject({ modelType: 'albert', embeddingSize: 4, layerWeights: [1, 1, 1], heads: [2, 1, 0] });
  });

  it('refuses heads that do not divide the hidden size', () => {
    expect(() => defineEncoderConfig({ vocabSize: 9, hiddenSize: 10, headCount: 4, layers: 1 })).toThrow(
      'headSize must be an integer from 1 to 65536, got 2.5',
    );
  });
});

describe('validateEncoderConfig', () => {
  const sound = defineEncoderConfig({ vocabSize: 10, hiddenSize: 4, headCount: 2, layers: 3 });

  it.each<[string, Partial<Record<keyof EncoderConfig, unknown>>]>([
    ['vocabSize', { vocabSize: 0 }],
    ['vocabSize', { vocabSize: 4_000_001 }],
    ['hiddenSize', { hiddenSize: 1.5 }],
    ['hiddenSize', { hiddenSize: '768' }],
    ['embeddingSize', { embeddingSize: -1 }],
    ['intermediateSize', { intermediateSize: Number.POSITIVE_INFINITY }],
    ['layers', { layers: 256 }],
    ['headSize', { headSize: Number.NaN }],
    ['maxLength', { maxLength: 2 ** 40 }],
    ['positionOffset', { positionOffset: -1 }],
    ['typeVocabSize', { typeVocabSize: 256 }],
    ['padTokenId', { padTokenId: 10 }],
    ['heads', { heads: [2, 2] }],
    ['heads', { heads: [2, -2, 2] }],
    ['layerWeights', { layerWeights: [1, 2, 4] }],
    ['layerWeights', { layerWeights: [1, 2, 3, 3] }],
    ['layerNormEpsilon', { layerNormEpsilon: 0 }],
    ['activation', { activation: 'swish' }],
    ['dropout.attention', { dropout: { hidden: 0, attention: 1, classifier: 0 } }],
  ])('refuses a wrong %s', (field, change) => {
    try {
      validateEncoderConfig({ ...sound, ...change } as EncoderConfig);
    } catch (error) {
      if (!HasheeError.isInstance(error, 'INVALID_CONFIG')) throw error;
      expect(error.fields).toMatchObject({ field, expected: expect.any(String) });
      expect(error.message).toMatch(new RegExp(`^Encoder config: ${field} must be .+, got .+`));
      return;
    }
    throw new Error('was not refused');
  });

  it('accepts 0 heads in a layer, no segments and positions that begin later', () => {
    validateEncoderConfig({ ...sound, heads: [2, 0, 2], typeVocabSize: 0, positionOffset: 2, padTokenId: 9 });
  });
});
