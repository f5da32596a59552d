import {
  decoderTensors,
  defineEncoderConfig,
  encoderTensors,
  MemoryWeights,
  Random,
  type SequenceToSequenceCheckpoint,
  type SequenceToSequenceConfig,
} from '@hashee/core';

/** An encoder-decoder with random weights that lives in memory: V = 300, H = 128, two layers each, scaled embeddings. */
export function randomSequenceToSequence(): SequenceToSequenceCheckpoint {
  const encoder = defineEncoderConfig({
    ...{ vocabSize: 300, hiddenSize: 128, layers: 2, headCount: 4, maxLength: 64, typeVocabSize: 0 },
    ...{ positionOffset: 2, embeddingScale: Math.sqrt(128), layerNormEpsilon: 1e-5 },
  });
  const config: SequenceToSequenceConfig = {
    modelType: 'bart',
    encoder,
    decoder: {
      layers: 2,
      heads: 4,
      headSize: 32,
      intermediateSize: 256,
      maxLength: 64,
      positionOffset: 2,
      layerNormEpsilon: 1e-5,
      activation: 'gelu',
      embeddingScale: Math.sqrt(128),
      dropout: { hidden: 0, attention: 0, activation: 0 },
    },
    sourceSegment: 0,
    decoderStartTokenId: 2,
    endTokenIds: [2],
    padTokenId: 1,
    tiedVocabulary: false,
  };
  const random = new Random(11);
  const tensors = [...encoderTensors(encoder), ...decoderTensors(config)].map(([name, shape]) => {
    const size = shape.reduce((product, n) => product * n, 1);
    const around = /[nN]orm\.weight$/.test(name) ? 1 : 0;
    const data = Float32Array.from({ length: size }, () => around + 0.08 * random.normal());
    return [name, { shape, data }] as const;
  });
  return { config, weights: new MemoryWeights(tensors) };
}
