import { HasheeError } from '@hashee/core';
import type { BitSet } from '../bits/bit-set.js';
import type { Tensor2D, TensorFlow, Variable } from './tensorflow.js';

/** Trainable word embeddings of the types at hand. Types that occur nowhere would get no gradient anyway. */
export interface WordVectors {
  /** Vectors of token ids, `[ids, E]`. */
  lookUp(ids: readonly number[]): Tensor2D;
  readonly table: Variable;
}

/**
 * @param embeddings word embeddings of the pretrained encoder, `[V, E]`: where training begins
 * @throws HasheeError `INVALID_ARGUMENT` for ids outside the vocabulary
 */
export function wordVectors(
  { core: tf }: TensorFlow,
  embeddings: { readonly data: Float32Array; readonly size: number },
  sets: readonly BitSet[],
): WordVectors {
  const { data, size: E } = embeddings;
  const types = [...new Set(sets.flatMap(({ examples }) => examples.flatMap(({ inputIds }) => Array.from(inputIds))))];
  const vocabulary = data.length / E;
  const outside = types.find((id) => !(id >= 0 && id < vocabulary));
  if (outside !== undefined)
    throw new HasheeError('INVALID_ARGUMENT', `Token ${outside} has no embedding: there are ${vocabulary}.`, {
      fields: { id: outside, vocabulary },
    });
  const rowOf = new Map(types.map((id, row) => [id, row]));
  const values = new Float32Array(types.length * E);
  types.forEach((id, row) => void values.set(data.subarray(id * E, (id + 1) * E), row * E));
  const table = tf.tidy(() => tf.variable(tf.tensor2d(values, [types.length, E])));
  // The wasm backend lacks the kernel of gather's own gradient; scattering adds up the same.
  const gather = tf.customGrad<Tensor2D>((...given) => {
    const [whole, rows, save] = given as [Tensor2D, Tensor2D, (tensors: Tensor2D[]) => void];
    save([rows]);
    return {
      value: tf.gatherND(whole, rows) as Tensor2D,
      gradFunc: (gradient, [saved]) => [
        tf.scatterND(saved as Tensor2D, gradient, [types.length, E]),
        tf.zerosLike(saved),
      ],
    };
  });
  return {
    table,
    lookUp: (ids) =>
      gather(
        table as unknown as Tensor2D,
        tf.tensor2d(
          Int32Array.from(ids, (id) => rowOf.get(id)!),
          [ids.length, 1],
          'int32',
        ),
      ) as Tensor2D,
  };
}
