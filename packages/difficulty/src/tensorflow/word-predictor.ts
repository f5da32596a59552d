import { setImmediate } from 'node:timers/promises';
import { HasheeError, Random, throwIfAborted } from '@hashee/core';
import { type BitSet, bitsOf, rowOffsets } from '../bits/bit-set.js';
import { bitsOfLogits } from '../bits/bits.js';
import { bitScores } from '../metrics/bit-scores.js';
import type { BitPredictor, Prediction, PredictionTask } from '../predictors/bit-predictor.js';
import { equalLengthBatches } from './equal-length-batches.js';
import type { Scalar, Tensor, Tensor2D, Tensor3D, TensorFlow, Variable } from './tensorflow.js';
import { wordVectors } from './word-vectors.js';

export interface WordPredictorOptions {
  readonly tensorflow: TensorFlow;
  /** Word embeddings of the pretrained encoder: `[V, E]` and E. Trained further. */
  readonly embeddings: { readonly data: Float32Array; readonly size: number };
  /** @default 10 */
  readonly epochs?: number | undefined;
  /** @default 1e-2 for sentences, 1e-3 for tokens */
  readonly learningRate?: number | undefined;
  /** @default 32 */
  readonly batchSize?: number | undefined;
}

/** A network above word vectors. */
export interface WordNetwork {
  /** Logits: `[B, L]` from `[B, S, E]` for sentences, `[B, S, L]` for tokens. Inside `tidy`. @param mask draws dropout, in training */
  logits(vectors: Tensor3D, mask?: (shape: readonly number[]) => Tensor): Tensor;
  dispose(): void;
}

/** Makes a network for bits. @param seed of its initial values */
export type BuildNetwork = (size: { readonly E: number; readonly L: number }, task: PredictionTask) => WordNetwork;

const DROPOUT = 0.3;
const MASKS = 0x6d61;

/**
 * A predictor from words: Adam, linear decay, gradients clipped to 1, binary cross-entropy as the mean over rows and layers,
 * the best epoch on dev. TensorFlow.js computes on the backend that is active, sequences of equal length in a batch.
 */
export function wordPredictor(
  { name, title }: Pick<BitPredictor, 'name' | 'title'>,
  { tensorflow, embeddings, ...options }: WordPredictorOptions,
  build: BuildNetwork,
): BitPredictor {
  return {
    name,
    title,
    async predict(task) {
      const { core: tf } = tensorflow;
      const { train, dev, test, seed, signal, onProgress } = task;
      const { epochs = 10, batchSize = 32, learningRate = train.level === 'token' ? 1e-3 : 1e-2 } = options;
      const vectors = wordVectors(tensorflow, embeddings, [train, dev, test]);
      const network = build({ E: embeddings.size, L: train.layers }, task);
      const optimizer = tf.train.adam(learningRate);
      const lengths = train.examples.map(({ inputIds }) => inputIds.length);
      const total = epochs * equalLengthBatches(lengths, batchSize, { seed, epoch: 0 }).length;
      const gold = bitsOf(dev);
      const history: number[] = [];
      let best: Prediction | undefined;
      let step = 0;
      const forward = (set: BitSet, batch: readonly number[], random?: Random): Tensor2D => {
        const ids = batch.flatMap((index) => Array.from(set.examples[index].inputIds));
        const S = ids.length / batch.length;
        const states = tf.reshape(vectors.lookUp(ids), [batch.length, S, embeddings.size]) as Tensor3D;
        const logits = network.logits(
          states,
          random && ((shape) => tf.tensor(dropoutMask(random, product(shape)), [...shape])),
        );
        return tf.reshape(logits, [-1, set.layers]) as Tensor2D;
      };
      try {
        for (let epoch = 0; epoch < epochs; epoch++) {
          for (const batch of equalLengthBatches(lengths, batchSize, { seed, epoch })) {
            await setImmediate();
            throwIfAborted(signal, `Training the predictor "${name}"`);
            // A protected property, as the library has no other way to change it.
            Object.assign(optimizer, { learningRate: learningRate * (1 - step / total) });
            const random = Random.stream(seed, MASKS, step);
            const loss = descend(tensorflow, optimizer, () => {
              const logits = forward(train, batch, random);
              const { bits, carries } = targetsOf(train, batch);
              return tf.losses.sigmoidCrossEntropy(
                tf.tensor2d(bits, logits.shape),
                logits,
                tf.tensor2d(carries, [carries.length, 1]),
              );
            });
            onProgress?.({ done: ++step, total, loss });
          }
          const answers = await answer(dev, forward, tensorflow, signal);
          const { mean } = bitScores(bitsOfLogits(answers, dev.layers), gold);
          history.push(mean);
          if (mean > Math.max(-1, ...history.slice(0, -1)))
            best = { dev: answers, test: await answer(test, forward, tensorflow, signal) };
        }
      } finally {
        network.dispose();
        vectors.table.dispose();
        optimizer.dispose();
      }
      if (!best) throw new HasheeError('INVALID_ARGUMENT', `epochs must be an integer from 1, got ${epochs}.`);
      return { ...best, history };
    },
  };
}

/** One update. @returns the loss before it. @throws HasheeError `RUNTIME` where it isn't finite */
function descend(
  { core: tf }: TensorFlow,
  optimizer: ReturnType<TensorFlow['core']['train']['adam']>,
  work: () => Scalar | Tensor,
): number {
  return tf.tidy(() => {
    const { value, grads } = optimizer.computeGradients(work as () => Scalar);
    const loss = value.dataSync()[0];
    if (!Number.isFinite(loss))
      throw new HasheeError('RUNTIME', `The loss is ${loss}: training diverged. Lower the learning rate.`);
    const norm = Math.sqrt(
      Object.values(grads).reduce((sum, gradient) => sum + tf.sum(tf.square(gradient)).dataSync()[0], 0),
    );
    const scale = Math.min(1, 1 / Math.max(norm, 1e-12));
    optimizer.applyGradients(
      Object.fromEntries(Object.entries(grads).map(([key, gradient]) => [key, tf.mul(gradient, scale) as Variable])),
    );
    return loss;
  });
}

async function answer(
  set: BitSet,
  forward: (set: BitSet, batch: readonly number[]) => Tensor2D,
  { core: tf }: TensorFlow,
  signal?: AbortSignal,
): Promise<Float32Array> {
  const offsets = rowOffsets(set);
  const L = set.layers;
  const answers = new Float32Array(offsets.at(-1)! * L);
  const lengths = set.examples.map(({ inputIds }) => inputIds.length);
  for (const batch of equalLengthBatches(lengths, 64, { seed: 0, epoch: 0 })) {
    throwIfAborted(signal, 'Predicting');
    const logits = tf.tidy(() => forward(set, batch));
    const values = (await logits.data()) as Float32Array;
    logits.dispose();
    placesOf(set, batch).forEach((places, b) => {
      places.forEach((place, row) => {
        answers.set(values.subarray(place * L, (place + 1) * L), (offsets[batch[b]] + row) * L);
      });
    });
  }
  return answers;
}

/** Where the rows of each example stand among the network's: one a sequence, or one a token. */
function placesOf({ level, examples }: BitSet, batch: readonly number[]): Int32Array[] {
  return batch.map((index, b) => {
    const { positions, inputIds } = examples[index];
    return level === 'sentence' ? Int32Array.of(b) : positions.map((position) => b * inputIds.length + position);
  });
}

/** Bits of all the network's rows, and which rows carry any: the others don't enter the loss. */
function targetsOf(
  set: BitSet,
  batch: readonly number[],
): { readonly bits: Float32Array; readonly carries: Float32Array } {
  const { level, layers: L, examples } = set;
  const rows = level === 'sentence' ? batch.length : batch.length * examples[batch[0]].inputIds.length;
  const [bits, carries] = [new Float32Array(rows * L), new Float32Array(rows)];
  placesOf(set, batch).forEach((places, b) => {
    places.forEach((place, row) => {
      bits.set(examples[batch[b]].bits.subarray(row * L, (row + 1) * L), place * L);
      carries[place] = 1;
    });
  });
  return { bits, carries };
}

/** 0, or 1/(1 - p) in the mean as often as not dropped. */
function dropoutMask(random: Random, size: number): Float32Array {
  return Float32Array.from({ length: size }, () => (random.uniform() < DROPOUT ? 0 : 1 / (1 - DROPOUT)));
}

function product(shape: readonly number[]): number {
  return shape.reduce((size, n) => size * n, 1);
}
