import { describe, expect, test } from 'vitest';
import {
  crossProjectionMacs,
  decoderTensors,
  decoderTokenMacs,
  defineEncoderConfig,
  type SequenceToSequenceConfig,
  validateSequenceToSequenceConfig,
  vocabularyMacs,
} from '../src/index.js';

const config: SequenceToSequenceConfig = {
  modelType: 'bart',
  encoder: defineEncoderConfig({ vocabSize: 50_265, hiddenSize: 768, layers: 6, headCount: 12, typeVocabSize: 0 }),
  decoder: {
    layers: 6,
    heads: 12,
    headSize: 64,
    intermediateSize: 3072,
    maxLength: 1024,
    positionOffset: 2,
    layerNormEpsilon: 1e-5,
    activation: 'gelu',
    dropout: { hidden: 0.1, attention: 0.1, activation: 0.1 },
  },
  sourceSegment: 0,
  decoderStartTokenId: 2,
  endTokenIds: [2],
  padTokenId: 1,
};

describe('cost of a decoder', () => {
  test('keys and values of the source: 2·n·H² a layer', () => {
    expect(crossProjectionMacs(config, 512)).toBe(6 * 2 * 512 * 768 ** 2);
  });

  test('a token at position m over n: 14·H² + 2·m·H + 2·n·H a layer', () => {
    expect(decoderTokenMacs(config, 3, 512)).toBe(6 * (14 * 768 ** 2 + 2 * 3 * 768 + 2 * 512 * 768));
    const narrow = { ...config, decoder: { ...config.decoder, layers: 1, heads: 2, headSize: 3, intermediateSize: 5 } };
    // H = 768, A·D = 6: self 4·768·6 + 2·6, cross 2·768·6 + 2·10·6, feed-forward 2·768·5.
    expect(decoderTokenMacs(config, 3, 512, 2)).toBe(
      2 * (14 * 768 ** 2 + 2 * 3 * 768 + 2 * 512 * 768) + 4 * 2 * 768 ** 2,
    );
    expect(decoderTokenMacs(narrow, 1, 10)).toBe(18_432 + 12 + 9_216 + 120 + 7_680);
  });

  test('logits: H·V', () => {
    expect(vocabularyMacs(config)).toBe(768 * 50_265);
  });
});

test('the tensors of a BART-base decoder have as many values as its authors say', () => {
  const values = decoderTensors(config).reduce((sum, [, shape]) => sum + shape.reduce((a, b) => a * b, 1), 0);
  // By layer 4 + 4 square maps with biases, the feed-forward maps, three LayerNorms.
  const layer = 8 * (768 ** 2 + 768) + 2 * 768 * 3072 + 3072 + 768 + 3 * 2 * 768;
  expect(values).toBe(1026 * 768 + 2 * 768 + 6 * layer + 50_265 * 768 + 50_265);
  expect(new Set(decoderTensors(config).map(([name]) => name)).size).toBe(decoderTensors(config).length);
});

test.each<[string, object]>([
  ['decoder.layers', { decoder: { ...config.decoder, layers: 0 } }],
  ['decoder.heads', { decoder: { ...config.decoder, heads: 1.5 } }],
  ['decoder.maxLength', { decoder: { ...config.decoder, maxLength: 2 ** 30 } }],
  ['decoder.positionOffset', { decoder: { ...config.decoder, positionOffset: -1 } }],
  ['decoder.layerNormEpsilon', { decoder: { ...config.decoder, layerNormEpsilon: 0 } }],
  ['decoder.activation', { decoder: { ...config.decoder, activation: 'swish' } }],
  ['decoder.embeddingScale', { decoder: { ...config.decoder, embeddingScale: Number.NaN } }],
  [
    'decoder.dropout.activation',
    { decoder: { ...config.decoder, dropout: { ...config.decoder.dropout, activation: 1 } } },
  ],
  ['encoder.embeddingSize', { encoder: { ...config.encoder, embeddingSize: 128 } }],
  ['embeddingScale', { encoder: { ...config.encoder, embeddingScale: -1 } }],
  ['sourceSegment', { sourceSegment: 1 }],
  ['decoderStartTokenId', { decoderStartTokenId: 50_265 }],
  ['endTokenIds', { endTokenIds: [2, -1] }],
  ['padTokenId', { padTokenId: 0.5 }],
])('refuses %s', (field, changes) => {
  validateSequenceToSequenceConfig(config);
  expect(() => validateSequenceToSequenceConfig({ ...config, ...changes })).toThrow(
    expect.objectContaining({ code: 'INVALID_CONFIG', fields: expect.objectContaining({ field }) }),
  );
});
