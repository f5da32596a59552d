import { HasheeError } from './errors.js';

/** Where the little-endian bytes of a tensor lie, for runtimes that map files instead of copying them. */
export interface TensorLocation {
  /** Absolute path of a regular file (no link). */
  readonly path: string;
  /** First byte of the tensor in that file. */
  readonly byteOffset: number;
  readonly byteLength: number;
}

/** A matrix as 8-bit integers with one scale for each row: value = integer · scale, rounded to float32. */
export interface IntegerRows {
  /** `[rows · columns]` */
  readonly integers: Int8Array;
  /** `[rows]`, finite, and so is every value. */
  readonly scales: Float32Array;
}

/** Where both parts of `IntegerRows` lie, as I8 and F32. */
export interface IntegerRowsLocation {
  readonly integers: TensorLocation;
  readonly scales: TensorLocation;
}

/**
 * The weights of a model under canonical names, read lazily. Matrices are `[outputs, inputs]`, as PyTorch has them.
 *
 * | name | shape |
 * | --- | --- |
 * | `embeddings.word` | [V, E] |
 * | `embeddings.position` | [positionOffset + maxLength, E] |
 * | `embeddings.type` | [types, E], if typeVocabSize > 0 |
 * | `embeddings.norm.weight`, `.bias` | [E] |
 * | `embeddings.projection.weight`, `.bias` | [H, E], [H], if E differs from H |
 * | `layers.{s}.{query,key,value}.weight`, `.bias` | [A·D, H], [A·D]; s = weight set, from 1 |
 * | `layers.{s}.output.weight`, `.bias` | [H, A·D], [H] |
 * | `layers.{s}.attentionNorm.weight`, `.bias` | [H] |
 * | `layers.{s}.up.weight`, `.bias` | [I, H], [I] |
 * | `layers.{s}.down.weight`, `.bias` | [H, I], [H] |
 * | `layers.{s}.norm.weight`, `.bias` | [H] |
 * | `pooler.weight`, `.bias` | [H, H], [H], if the pretrained model ships one that no head uses |
 * | `heads.{name}.dense.*`, `heads.{name}.classifier.*` | see HeadConfig |
 */
export interface WeightSource {
  names(): readonly string[];
  /** @throws HasheeError `NOT_FOUND` */
  shape(name: string): readonly number[];
  /**
   * The tensor as float32, whatever it is stored as. May be a view of a larger buffer: don't write to it.
   * @throws HasheeError `NOT_FOUND`, `INVALID_CHECKPOINT`
   */
  read(name: string): Promise<Float32Array>;
  /**
   * What `read` restores, for runtimes that compute with integers; undefined where the tensor isn't stored like that.
   * @throws HasheeError `NOT_FOUND`, `INVALID_CHECKPOINT`
   */
  readRows?(name: string): Promise<IntegerRows | undefined>;
  /** Set where the tensor is stored as F32 in a local file. */
  location?(name: string): TensorLocation | undefined;
  /** Set where the tensor is stored in a local file as integers with a scale for each row. */
  rowsLocation?(name: string): IntegerRowsLocation | undefined;
}

/** Weights that live in memory. Copies nothing. */
export class MemoryWeights implements WeightSource {
  readonly #tensors: ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;

  constructor(
    tensors: Iterable<readonly [string, { readonly shape: readonly number[]; readonly data: Float32Array }]>,
  ) {
    this.#tensors = new Map(tensors);
    for (const [name, { shape, data }] of this.#tensors) {
      const size = shape.reduce((product, n) => product * n, 1);
      if (size !== data.length)
        throw new HasheeError(
          'INVALID_CHECKPOINT',
          `Tensor "${name}": shape [${shape.join(', ')}] needs ${size} values, got ${data.length}.`,
          { fields: { name, shape, length: data.length } },
        );
    }
  }

  names(): readonly string[] {
    return [...this.#tensors.keys()];
  }

  shape(name: string): readonly number[] {
    return this.#get(name).shape;
  }

  async read(name: string): Promise<Float32Array> {
    return this.#get(name).data;
  }

  #get(name: string): { readonly shape: readonly number[]; readonly data: Float32Array } {
    const tensor = this.#tensors.get(name);
    if (!tensor) throw new HasheeError('NOT_FOUND', `The model has no tensor "${name}".`, { fields: { name } });
    return tensor;
  }
}
