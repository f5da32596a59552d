// BART-base's shape with random weights: how fast it is doesn't depend on them.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors, writeSafetensors } from '@hashee/checkpoint';
import { decoderTensors, defineEncoderConfig, encoderTensors, Random } from '@hashee/core';

const DEVIATION = 0.02;
const SIZES = {
  ...{ hiddenSize: 768, layers: 6, headCount: 12, intermediateSize: 3072, vocabSize: 50_265, maxLength: 1024 },
};

/** @param {Partial<typeof SIZES>} [sizes] @returns {import('@hashee/core').SequenceToSequenceConfig} */
export function bartConfig(sizes = {}) {
  const chosen = { ...SIZES, ...sizes };
  const encoder = defineEncoderConfig({
    ...chosen,
    ...{ typeVocabSize: 0, positionOffset: 2, layerNormEpsilon: 1e-5, padTokenId: 1 },
  });
  return {
    ...{ modelType: 'bart', encoder, sourceSegment: 0, decoderStartTokenId: 2, endTokenIds: [2], padTokenId: 1 },
    decoder: {
      layers: chosen.layers,
      heads: chosen.headCount,
      headSize: chosen.hiddenSize / chosen.headCount,
      intermediateSize: chosen.intermediateSize,
      maxLength: chosen.maxLength,
      ...{ positionOffset: 2, layerNormEpsilon: 1e-5, activation: 'gelu' },
      dropout: { hidden: 0, attention: 0, activation: 0 },
    },
  };
}

/**
 * The weights, written once to a file of the folder, so that every model maps the same one.
 * @param {import('@hashee/core').SequenceToSequenceConfig} config
 * @param {string} folder
 * @param {number} seed
 * @param {AbortSignal} [signal]
 */
export async function randomWeights(config, folder, seed, signal) {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `bart-${config.encoder.hiddenSize}-${seed}.safetensors`);
  const present = await readSafetensors(path).catch(() => undefined);
  if (present) return present;
  const tensors = [...encoderTensors(config.encoder), ...decoderTensors(config)];
  await writeSafetensors(
    path,
    tensors.map(([name, shape], index) => ({
      ...{ name, dtype: 'F32', shape },
      read: () => {
        const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
        if (shape.length === 1) return /norm\.weight$/i.test(name) ? values.fill(1) : values;
        const random = Random.stream(seed, index);
        return values.map(() => DEVIATION * random.normal());
      },
    })),
    { signal },
  );
  return readSafetensors(path);
}
