import type { BitPredictor } from '../predictors/bit-predictor.js';
import type { Tensor } from './tensorflow.js';
import { type WordPredictorOptions, wordPredictor } from './word-predictor.js';

export interface BilstmOptions extends WordPredictorOptions {
  /** Width of each direction. @default 256, the study's */
  readonly units?: number | undefined;
}

/**
 * A bidirectional LSTM on word vectors, dropout 0.3 and a linear map: on the last states of both directions for sentences, on
 * each token's for tokens. Weights begin uniformly within ±1/√units.
 */
export function bilstm({ units = 256, ...options }: BilstmOptions): BitPredictor {
  const { core: tf, layers: nn } = options.tensorflow;
  return wordPredictor({ name: 'bilstm', title: 'BiLSTM, on word vectors' }, options, ({ L }, { seed, train }) => {
    const bound = 1 / Math.sqrt(units);
    const uniform = (more: number): ReturnType<typeof nn.initializers.randomUniform> =>
      nn.initializers.randomUniform({ minval: -bound, maxval: bound, seed: 16 * seed + more });
    const lstm = (more: number): ReturnType<typeof nn.layers.lstm> =>
      nn.layers.lstm({
        units,
        returnSequences: train.level === 'token',
        goBackwards: more > 0,
        recurrentActivation: 'sigmoid',
        kernelInitializer: uniform(more),
        recurrentInitializer: uniform(more + 1),
        biasInitializer: uniform(more + 2),
        unitForgetBias: false,
      });
    const [forward, backward] = [lstm(0), lstm(3)];
    const dense = nn.layers.dense({ units: L, kernelInitializer: nn.initializers.glorotUniform({ seed }) });
    return {
      logits(vectors, mask) {
        const [there, back] = [forward, backward].map((layer) => layer.apply(vectors) as Tensor);
        // The backward pass answers in its own order.
        const states = tf.concat([there, train.level === 'token' ? tf.reverse(back, 1) : back], -1);
        return dense.apply(mask ? tf.mul(states, mask(states.shape)) : states) as Tensor;
      },
      dispose: () => {
        for (const layer of [forward, backward, dense]) if (layer.built) layer.dispose();
      },
    };
  });
}
