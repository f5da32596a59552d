import type { IntegerRows, IntegerRowsLocation, TensorLocation, WeightSource } from '@hashee/core';
import { HasheeError } from '@hashee/core';
import { type SafetensorsFile, SCALE_SUFFIX } from './file.js';

/**
 * The tensors of one or several safetensors files under the names they have there. Nothing is read but the headers until
 * a tensor is asked for.
 */
export class SafetensorsWeights implements WeightSource {
  /** `__metadata__` of the first file. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly #files: ReadonlyMap<string, SafetensorsFile>;
  readonly #names: readonly string[];

  /** @param files the file that holds each tensor, by the tensor's name */
  constructor(files: ReadonlyMap<string, SafetensorsFile>, metadata: Readonly<Record<string, string>> = {}) {
    this.#files = files;
    this.metadata = metadata;
    this.#names = [...files.keys()].filter((name) => !this.#isScale(name));
  }

  /** All tensors except the scales of 8-bit ones, which belong to their tensor. */
  names(): readonly string[] {
    return this.#names;
  }

  has(name: string): boolean {
    return this.#files.has(name);
  }

  /** Type in the file, such as `F32`. @throws HasheeError `NOT_FOUND` */
  dtype(name: string): string {
    return this.#file(name).entry(name).dtype;
  }

  shape(name: string): readonly number[] {
    return this.#file(name).entry(name).shape;
  }

  async read(name: string): Promise<Float32Array> {
    return this.#file(name).read(name);
  }

  async readRows(name: string): Promise<IntegerRows | undefined> {
    return this.#file(name).readRows(name);
  }

  /** The stored bytes. @throws HasheeError `NOT_FOUND`, `IO` */
  async readRaw(name: string): Promise<Uint8Array> {
    return this.#file(name).readRaw(name);
  }

  location(name: string): TensorLocation | undefined {
    return this.#file(name).location(name);
  }

  rowsLocation(name: string): IntegerRowsLocation | undefined {
    return this.#file(name).rowsLocation(name);
  }

  /** Checks that a tensor that can be mapped holds finite values only, without keeping it. @throws HasheeError `INVALID_CHECKPOINT` */
  async verify(name: string): Promise<void> {
    await this.#file(name).verify(name);
  }

  #file(name: string): SafetensorsFile {
    const file = this.#files.get(name);
    if (!file) throw new HasheeError('NOT_FOUND', `The model has no tensor "${name}".`, { fields: { name } });
    return file;
  }

  #isScale(name: string): boolean {
    if (!name.endsWith(SCALE_SUFFIX)) return false;
    const tensor = name.slice(0, -SCALE_SUFFIX.length);
    return this.#files.get(tensor)?.entry(tensor).dtype === 'I8';
  }
}
