import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { HasheeError, type TensorLocation, type WeightSource } from '@hashee/core';
import type { ParameterBinding } from '../graph/model-bytes.js';
import { ROWS } from '../quantize/integer-rows.js';
import { temporaryFolder } from './temporary-folder.js';

/** Where sessions read the weights of one model from. */
export interface WeightBinding {
  /** Folder of the external files; undefined where all weights are inside the model's bytes. */
  readonly folder: string | undefined;
  readonly bind: (weight: string) => ParameterBinding;
  /** Removes what was written. */
  readonly dispose: () => Promise<void>;
}

/** A tensor to be written for sessions to map. */
export interface StoredTensor {
  readonly name: string;
  readonly read: () => Promise<Float32Array | Int8Array>;
}

/** ONNX Runtime maps whole pages; tensors that begin on one are never copied. */
const PAGE = 4096;

/** Largest total of weights that may travel inside the model's bytes when no file can be written: protobuf ends at 2 GiB. */
const INLINE_LIMIT = 2 ** 31 - 2 ** 24;

/** Weights that are mapped where they lie. */
export interface MappedWeights {
  readonly folder: string;
  readonly tensors: ReadonlyMap<string, ParameterBinding>;
}

/**
 * Binds the named weights without a copy; undefined unless all of them lie in files of one folder as F32, or as integers with
 * scales, which are bound as two tensors.
 */
export function mapStored(weights: WeightSource, names: readonly string[]): MappedWeights | undefined {
  const locations = new Map<string, TensorLocation>();
  for (const name of names) {
    const location = weights.location?.(name);
    const rows = location ? undefined : weights.rowsLocation?.(name);
    if (location) locations.set(name, location);
    else if (rows) locations.set(ROWS.integers(name), rows.integers).set(ROWS.scales(name), rows.scales);
    else return undefined;
  }
  const [folder, ...others] = new Set([...locations.values()].map(({ path }) => dirname(path)));
  if (folder === undefined || others.length > 0) return undefined;
  const tensors = new Map<string, ParameterBinding>();
  for (const [name, { path, byteOffset, byteLength }] of locations)
    tensors.set(name, { kind: 'file', location: basename(path), byteOffset, byteLength });
  return { folder, tensors };
}

/** Binds the named weights as float32: mapped where they lie, or else written once to a temporary file. */
export async function bindWeights(
  weights: WeightSource,
  names: readonly string[],
  onRead: (name: string, loaded: number, total: number) => void,
  checkAborted: () => void,
): Promise<WeightBinding> {
  const mapped = mapStored(weights, names);
  if (mapped && names.every((name) => mapped.tensors.has(name)))
    return { folder: mapped.folder, bind: (name) => mapped.tensors.get(name)!, dispose: async () => {} };
  return bindTensors(
    names.map((name) => ({ name, read: () => weights.read(name) })),
    onRead,
    checkAborted,
  );
}

/** Writes the tensors once to a temporary file, to be mapped from there. */
export async function bindTensors(
  tensors: readonly StoredTensor[],
  onRead: (name: string, loaded: number, total: number) => void,
  checkAborted: () => void,
): Promise<WeightBinding> {
  let temporary: Awaited<ReturnType<typeof temporaryFolder>>;
  try {
    temporary = await temporaryFolder('hashee-weights-');
  } catch (cause) {
    return bindInline(tensors, cause);
  }
  const { path: folder, remove: dispose } = temporary;
  const entries = new Map<string, { byteOffset: number; byteLength: number }>();
  try {
    const file = await open(join(folder, 'weights.bin'), 'wx');
    try {
      let end = 0;
      let next = tensors[0]?.read();
      for (const [index, { name }] of tensors.entries()) {
        checkAborted();
        const data = (await next)!;
        // Read while this one is written; its error is thrown when its turn comes.
        next = tensors[index + 1]?.read();
        next?.catch(() => {});
        const byteOffset = Math.ceil(end / PAGE) * PAGE;
        await writeAll(file, new Uint8Array(data.buffer, data.byteOffset, data.byteLength), byteOffset);
        entries.set(name, { byteOffset, byteLength: data.byteLength });
        end = byteOffset + data.byteLength;
        onRead(name, index + 1, tensors.length);
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    await dispose();
    // Only what the system refuses has the way out of weights inside the model.
    if (typeof (error as NodeJS.ErrnoException).syscall !== 'string') throw error;
    return bindInline(tensors, error);
  }
  return {
    folder,
    bind: (name) => ({ kind: 'file', location: 'weights.bin', ...entries.get(name)! }),
    dispose,
  };
}

/** A single write may stop short, at 2 GiB for one. */
async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/** The way out where no temporary file can be written (read-only system, full disk): weights inside the model's bytes. */
async function bindInline(tensors: readonly StoredTensor[], reason: unknown): Promise<WeightBinding> {
  const read = new Map<string, Float32Array | Int8Array>();
  let bytes = 0;
  for (const tensor of tensors) {
    const data = await tensor.read();
    bytes += data.byteLength;
    if (bytes > INLINE_LIMIT)
      throw new HasheeError(
        'IO',
        `The weights need a temporary file, and none can be written in ${tmpdir()}. Free space there or set TMPDIR.`,
        { fields: { folder: tmpdir() }, cause: reason },
      );
    read.set(tensor.name, data);
  }
  return { folder: undefined, bind: (name) => ({ kind: 'bytes', data: read.get(name)! }), dispose: async () => {} };
}
