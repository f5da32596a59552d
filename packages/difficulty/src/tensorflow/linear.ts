import type { BitPredictor } from '../predictors/bit-predictor.js';
import type { Tensor2D } from './tensorflow.js';
import { type WordPredictorOptions, wordPredictor } from './word-predictor.js';

/** The mean of the word vectors, special tokens included, through one linear map; for tokens the token's own vector. */
export function linear(options: WordPredictorOptions): BitPredictor {
  const { core: tf, layers: nn } = options.tensorflow;
  const named = { name: 'linear', title: 'Linear, on word vectors' };
  return wordPredictor(named, options, ({ L }, { seed, train }) => {
    const dense = nn.layers.dense({ units: L, kernelInitializer: nn.initializers.glorotUniform({ seed }) });
    return {
      logits: (vectors) =>
        dense.apply(train.level === 'sentence' ? (tf.mean(vectors, 1) as Tensor2D) : vectors) as Tensor2D,
      dispose: () => {
        if (dense.built) dense.dispose();
      },
    };
  });
}
