import { HasheeError } from '@hashee/core';
import { findDuplicateKey, isNestedTooDeeply } from '../files/scan-json.js';
import { DTYPE_BITS } from './dtype.js';

/** One tensor as the header of a safetensors file describes it. */
export interface TensorEntry {
  /** `F32`, `F16`, `BF16`, `I8`, `U8`, ... */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** First byte in the file. */
  readonly byteOffset: number;
  readonly byteLength: number;
}

export interface SafetensorsHeader {
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The format's own limit on the JSON header, in bytes. */
export const MAX_HEADER_BYTES = 100_000_000;

function refuse(path: string, problem: string, fields: Record<string, unknown> = {}): never {
  throw new HasheeError('INVALID_CHECKPOINT', `${path} is not a sound safetensors file: ${problem}`, {
    fields: { path, ...fields },
  });
}

/**
 * Length of the JSON header from the first eight bytes (little-endian), checked against the size of the file.
 * @throws HasheeError `INVALID_CHECKPOINT`
 */
export function headerLength(prefix: Uint8Array, fileSize: number, path: string): number {
  if (prefix.length < 8)
    refuse(path, `it has ${fileSize} bytes, fewer than the 8 that every such file begins with.`, { fileSize });
  const length = new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true);
  if (length > MAX_HEADER_BYTES)
    refuse(
      path,
      `its header claims ${length} bytes, the format allows ${MAX_HEADER_BYTES}. Is it another kind of file?`,
      {
        headerLength: String(length),
        limit: MAX_HEADER_BYTES,
      },
    );
  if (Number(length) > fileSize - 8)
    refuse(
      path,
      `its header claims ${length} bytes, but only ${fileSize - 8} follow. It is cut off, or another kind of file.`,
      {
        headerLength: Number(length),
        fileSize,
      },
    );
  return Number(length);
}

/**
 * Reads a header and checks that the tensors fill the rest of the file exactly: no hole, no overlap, nothing outside,
 * each with the bytes that its shape and type need.
 * @param json the header's bytes
 * @throws HasheeError `INVALID_CHECKPOINT` with the tensor and both values
 */
export function parseHeader(json: Uint8Array, fileSize: number, path: string): SafetensorsHeader {
  let text: string;
  let document: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(json);
    document = isNestedTooDeeply(text) ? undefined : JSON.parse(text);
  } catch (cause) {
    throw new HasheeError('INVALID_CHECKPOINT', `${path} is not a sound safetensors file: its header is not JSON.`, {
      fields: { path },
      cause,
    });
  }
  if (!isObject(document)) refuse(path, 'its header is not a JSON object, or nested too deeply.');
  const duplicate = findDuplicateKey(text);
  if (duplicate !== undefined) refuse(path, `its header names ${brief(duplicate)} twice.`, { name: duplicate });
  const start = 8 + json.length;
  const tensors = new Map<string, TensorEntry>();
  let metadata: Record<string, string> = {};
  for (const [name, entry] of Object.entries(document)) {
    if (name === '__metadata__') metadata = checkMetadata(entry, path);
    else tensors.set(name, parseEntry(name, entry, start, path));
  }
  checkLayout(tensors, start, fileSize, path);
  return { tensors, metadata };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value for a message, however large it is. */
function brief(value: unknown): string | undefined {
  const text = JSON.stringify(value);
  return text && text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

function checkMetadata(value: unknown, path: string): Record<string, string> {
  if (!isObject(value) || !Object.values(value).every((text) => typeof text === 'string'))
    refuse(path, '"__metadata__" must map names to strings.');
  return value as Record<string, string>;
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function parseEntry(name: string, entry: unknown, start: number, path: string): TensorEntry {
  const where = `tensor ${brief(name)}`;
  if (!isObject(entry)) refuse(path, `${where} is not described by an object.`, { name });
  const { dtype, shape, data_offsets: offsets } = entry;
  const bits = typeof dtype === 'string' ? DTYPE_BITS[dtype] : undefined;
  if (bits === undefined)
    refuse(
      path,
      `${where} has the unknown type ${brief(dtype)}; expected one of ${Object.keys(DTYPE_BITS).join(', ')}.`,
      {
        name,
        dtype,
      },
    );
  if (!Array.isArray(shape) || !shape.every(isSize))
    refuse(path, `${where} has the shape ${brief(shape)}; expected whole numbers from 0 up.`, { name, shape });
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize) || offsets[0] > offsets[1])
    refuse(path, `${where} has the offsets ${brief(offsets)}; expected [begin, end].`, { name, offsets });
  const [begin, end] = offsets as [number, number];
  const values = (shape as number[]).reduce((product, size) => product * size, 1);
  const expected = (values * bits) / 8;
  if (!Number.isSafeInteger(values * bits) || expected !== end - begin)
    refuse(
      path,
      `${where} of type ${dtype} and shape ${brief(shape)} needs ${expected} bytes, its offsets give ${end - begin}.`,
      {
        name,
        expected,
        actual: end - begin,
      },
    );
  return { dtype: dtype as string, shape: shape as number[], byteOffset: start + begin, byteLength: end - begin };
}

function checkLayout(tensors: ReadonlyMap<string, TensorEntry>, start: number, fileSize: number, path: string): void {
  const order = [...tensors].sort(([, a], [, b]) => a.byteOffset - b.byteOffset || a.byteLength - b.byteLength);
  let position = start;
  for (const [name, { byteOffset, byteLength }] of order) {
    const where = `tensor ${brief(name)}`;
    if (byteOffset < position)
      refuse(path, `${where} overlaps the one before it by ${position - byteOffset} bytes.`, { name, byteOffset });
    if (byteOffset > position)
      refuse(path, `${byteOffset - position} bytes before ${where} belong to no tensor.`, { name, byteOffset });
    position += byteLength;
    if (position > fileSize)
      refuse(path, `${where} ends at byte ${position}, the file has ${fileSize}. It is cut off.`, {
        name,
        end: position,
        fileSize,
      });
  }
  if (position !== fileSize)
    refuse(path, `${fileSize - position} bytes at its end belong to no tensor.`, { end: position, fileSize });
}
