import {
  type EncoderConfig,
  HasheeError,
  type HeadConfig,
  type IntegerRows,
  type IntegerRowsLocation,
  type TensorLocation,
  throwIfAborted,
  type WeightSource,
  WORD_TABLE,
} from '@hashee/core';
import type { Family } from '../families/family.js';
import type { SafetensorsWeights } from '../safetensors/weights.js';
import type { StoredName } from '../sequence-to-sequence/tensor-names.js';
import { type CanonicalTensor, canonicalTensors } from './tensor-names.js';

const WORD_EMBEDDINGS = 'embeddings.word_embeddings.weight';

/** The weights of a PyTorch checkpoint under canonical names. Other tensors of its files are left alone. */
export class ModelWeights implements WeightSource {
  readonly #files: SafetensorsWeights;
  readonly #stored: ReadonlyMap<string, StoredName>;

  private constructor(files: SafetensorsWeights, stored: ReadonlyMap<string, StoredName>) {
    this.#files = files;
    this.#stored = stored;
  }

  /**
   * @param stored name in the files by canonical name, with the shape that the model sees: the stored values in their order
   */
  static of(files: SafetensorsWeights, stored: ReadonlyMap<string, StoredName>): ModelWeights {
    return new ModelWeights(files, stored);
  }

  /**
   * Finds every tensor that the model needs, whether the checkpoint prefixes its encoder or not and whether LayerNorm's
   * are called weight and bias or gamma and beta, and compares all shapes.
   * @param path named in errors
   * @throws HasheeError `INVALID_CHECKPOINT` with the tensor that is missing or has another shape
   */
  static locate(
    files: SafetensorsWeights,
    family: Family,
    config: EncoderConfig,
    heads: readonly HeadConfig[],
    path: string,
  ): ModelWeights {
    const prefixes = findPrefixes(files, family, path);
    const stored = new Map<string, StoredName>();
    for (const tensor of canonicalTensors(family, config, heads)) {
      const name = prefixes[tensor.stored.part] + tensor.stored.name;
      const found = spellings(name).find((spelling) => files.has(spelling));
      if (found !== undefined) {
        if (!tensor.optional || sameShape(files.shape(found), tensor.shape)) {
          checkShape(files, found, tensor, config, path);
          stored.set(tensor.canonical, { name: found, shape: tensor.shape });
        }
      } else if (!tensor.optional)
        throw new HasheeError(
          'INVALID_CHECKPOINT',
          `${path} has no tensor "${name}" of shape [${tensor.shape.join(', ')}], which config.json promises.`,
          { fields: { path, name, canonical: tensor.canonical, shape: tensor.shape } },
        );
    }
    return new ModelWeights(files, stored);
  }

  names(): readonly string[] {
    return [...this.#stored.keys()];
  }

  shape(name: string): readonly number[] {
    return this.#entry(name).shape;
  }

  async read(name: string): Promise<Float32Array> {
    return this.#files.read(this.#name(name));
  }

  async readRows(name: string): Promise<IntegerRows | undefined> {
    return this.#files.readRows(this.#name(name));
  }

  location(name: string): TensorLocation | undefined {
    return this.#files.location(this.#name(name));
  }

  rowsLocation(name: string): IntegerRowsLocation | undefined {
    return this.#files.rowsLocation(this.#name(name));
  }

  /** What a tensor is stored as, such as `F16`. @throws HasheeError `NOT_FOUND` */
  dtype(name: string): string {
    return this.#files.dtype(this.#name(name));
  }

  /**
   * Looks at all values that a runtime could map without `read` seeing them.
   * @throws HasheeError `INVALID_CHECKPOINT` for values that aren't finite, `ABORTED`
   */
  async verify(signal?: AbortSignal): Promise<void> {
    for (const name of new Set(Array.from(this.#stored.values(), (entry) => entry.name))) {
      throwIfAborted(signal, 'Loading the model');
      if (this.#files.location(name) ?? this.#files.rowsLocation(name)) await this.#files.verify(name);
    }
  }

  #name(canonical: string): string {
    return this.#entry(canonical).name;
  }

  #entry(canonical: string): StoredName {
    const entry = this.#stored.get(canonical);
    if (entry === undefined)
      throw new HasheeError('NOT_FOUND', `The model has no tensor "${canonical}".`, { fields: { name: canonical } });
    return entry;
  }
}

function findPrefixes(files: SafetensorsWeights, family: Family, path: string): { encoder: string; head: string } {
  const found = files
    .names()
    .filter((name) => name === WORD_EMBEDDINGS || name.endsWith(`.${WORD_EMBEDDINGS}`))
    .map((name) => name.slice(0, -WORD_EMBEDDINGS.length));
  const own = `${family.prefix}.`;
  const encoder =
    found.find((prefix) => prefix === own) ?? found.find((prefix) => prefix === '' || prefix.endsWith(own)) ?? found[0];
  if (encoder === undefined || (found.length > 1 && encoder !== '' && !encoder.endsWith(own)))
    throw new HasheeError(
      'INVALID_CHECKPOINT',
      `${path} must have one tensor "${WORD_EMBEDDINGS}", with or without "${own}" before it; it has ${found.length === 0 ? 'none' : found.map((prefix) => `"${prefix}${WORD_EMBEDDINGS}"`).join(', ')}.`,
      { fields: { path, found } },
    );
  return { encoder, head: encoder.endsWith(own) ? encoder.slice(0, -own.length) : '' };
}

function spellings(name: string): string[] {
  return [
    name,
    name.replace(/\.LayerNorm\.weight$/, '.LayerNorm.gamma').replace(/\.LayerNorm\.bias$/, '.LayerNorm.beta'),
  ];
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, index) => size === b[index]);
}

function checkShape(
  files: SafetensorsWeights,
  name: string,
  tensor: CanonicalTensor,
  config: EncoderConfig,
  path: string,
): void {
  const shape = files.shape(name);
  if (sameShape(shape, tensor.shape)) return;
  const hint =
    tensor.canonical === WORD_TABLE
      ? ` The vocabulary of config.json (${config.vocabSize}) isn't this file's.`
      : tensor.canonical.endsWith('.classifier.weight')
        ? ' The labels of config.json ("id2label") must be as many as the outputs.'
        : '';
  throw new HasheeError(
    'INVALID_CHECKPOINT',
    `${path}: tensor "${name}" has the shape [${shape.join(', ')}], expected [${tensor.shape.join(', ')}] by config.json.${hint}`,
    { fields: { path, name, expected: tensor.shape, actual: shape } },
  );
}
