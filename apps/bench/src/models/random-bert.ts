import type { Model } from '@hashee/checkpoint';
import {
  defineEncoderConfig,
  type EncoderConfig,
  encoderTensors,
  HasheeError,
  type HeadConfig,
  headTensors,
  Random,
  type WeightSource,
} from '@hashee/core';

export interface BertSizes {
  readonly layers: number;
  readonly hiddenSize: number;
  readonly headCount: number;
  /** Standard deviation of the matrices. @default 0.02, BERT's */
  readonly deviation?: number | undefined;
}

export const BERT_BASE: BertSizes = { layers: 12, hiddenSize: 768, headCount: 12 };

/** What a model folder is written from. */
export type SourceModel = Pick<Model, 'directory' | 'tokenizer' | 'huggingFaceConfig' | 'config' | 'heads'> & {
  readonly weights: WeightSource;
};

/**
 * A BERT with random weights and the tokenizer of another model, to be measured: how fast it is doesn't depend on its weights.
 * Matrices are normal, each by a stream of its own; biases are 0, LayerNorms 1.
 */
export function randomBert(
  base: SourceModel,
  { layers, hiddenSize, headCount, deviation = 0.02 }: BertSizes,
  seed: number,
): SourceModel {
  const { vocabSize, padTokenId, maxLength } = base.config;
  const config: EncoderConfig = defineEncoderConfig({
    ...{ vocabSize, padTokenId, maxLength, hiddenSize, headCount, layers },
  });
  const head: HeadConfig = {
    ...{ name: 'main', task: 'sequence-classification', labels: ['negative', 'positive'] },
    ...{ layer: layers, dense: 'tanh', dropout: 0.1 },
  };
  const { quantization_config: _stored, ...rest } = base.huggingFaceConfig;
  return {
    ...{ directory: base.directory, tokenizer: base.tokenizer, config, heads: [head] },
    weights: randomWeights([...encoderTensors(config), ...headTensors(head, hiddenSize)], deviation, seed),
    huggingFaceConfig: {
      ...rest,
      ...{ hidden_size: hiddenSize, num_hidden_layers: layers, num_attention_heads: headCount },
      intermediate_size: config.intermediateSize,
    },
  };
}

function randomWeights(
  tensors: readonly [name: string, shape: number[]][],
  deviation: number,
  seed: number,
): WeightSource {
  const shapes = new Map(tensors);
  const shapeOf = (name: string): readonly number[] => {
    const shape = shapes.get(name);
    if (!shape) throw new HasheeError('NOT_FOUND', `The model has no tensor "${name}".`, { fields: { name } });
    return shape;
  };
  return {
    names: () => [...shapes.keys()],
    shape: shapeOf,
    async read(name) {
      const shape = shapeOf(name);
      const values = new Float32Array(shape.reduce((product, n) => product * n, 1));
      if (shape.length === 1) return /norm\.weight$/i.test(name) ? values.fill(1) : values;
      const random = Random.stream(
        seed,
        tensors.findIndex(([each]) => each === name),
      );
      for (let i = 0; i < values.length; i++) values[i] = deviation * random.normal();
      return values;
    },
  };
}
