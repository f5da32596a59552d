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

/** Standard deviation that BERT's weights begin with. */
const DEVIATION = 0.02;

export interface RandomModel {
  readonly config: EncoderConfig;
  readonly heads: readonly HeadConfig[];
  readonly weights: WeightSource;
  /** For config.json. */
  readonly huggingFaceConfig: Model['huggingFaceConfig'];
}

/** BERT-base by its sizes (12 layers, H = 768) with random weights: how fast it is doesn't depend on them. */
export function bertBase(base: Model, seed: number): RandomModel {
  const [layers, hiddenSize, headCount, labels] = [12, 768, 12, ['negative', 'positive']];
  const { vocabSize, padTokenId } = base.config;
  const config = defineEncoderConfig({ vocabSize, hiddenSize, headCount, layers, padTokenId });
  const head: HeadConfig = {
    ...{ name: 'main', task: 'sequence-classification', labels, layer: layers, dense: 'tanh' },
    dropout: 0.1,
  };
  const { quantization_config: _stored, ...rest } = base.huggingFaceConfig;
  return {
    config,
    heads: [head],
    weights: randomWeights([...encoderTensors(config), ...headTensors(head, hiddenSize)], seed),
    huggingFaceConfig: {
      ...rest,
      ...{ hidden_size: hiddenSize, num_hidden_layers: layers, num_attention_heads: headCount },
      intermediate_size: config.intermediateSize,
      _name_or_path: 'bert-base with random weights',
    },
  };
}

/** Matrices from N(0, 0.02), biases 0, LayerNorm 1; each tensor by a stream of its own. */
export function randomWeights(tensors: readonly [name: string, shape: number[]][], seed: number): WeightSource {
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
      for (let i = 0; i < values.length; i++) values[i] = DEVIATION * random.normal();
      return values;
    },
  };
}
