import type { Stats } from 'node:fs';
import { type FileHandle, open, realpath, stat } from 'node:fs/promises';
import { endianness } from 'node:os';
import {
  HasheeError,
  type IntegerRows,
  type IntegerRowsLocation,
  systemError,
  type TensorLocation,
} from '@hashee/core';
import { assertFinite, decodeBF16, decodeF16, decodeRows } from './decode.js';
import { headerLength, parseHeader, type SafetensorsHeader, type TensorEntry } from './header.js';

/** Suffix of the F32 tensor that holds one scale for each row of an I8 tensor. */
export const SCALE_SUFFIX = '.scale';

const CHUNK_BYTES = 1 << 20;

/** 128 times this is still a float32. */
const LARGEST_SAFE_SCALE = 2 ** 120;

/**
 * One safetensors file. The header is read and checked when it is opened, tensors only when asked for; the file is open
 * only while bytes are read, so there is nothing to close.
 */
export class SafetensorsFile {
  /** Absolute, links resolved. */
  readonly path: string;
  readonly header: SafetensorsHeader;
  readonly #identity: string;
  #file: Promise<FileHandle> | undefined;
  #readers = 0;

  private constructor(path: string, header: SafetensorsHeader, identity: string) {
    this.path = path;
    this.header = header;
    this.#identity = identity;
  }

  /** @throws HasheeError `NOT_FOUND`, `IO`, `INVALID_CHECKPOINT` */
  static async open(path: string): Promise<SafetensorsFile> {
    let file: FileHandle | undefined;
    try {
      const target = await realpath(path);
      // Asked before opening: opening a named pipe would wait for ever.
      if (!(await stat(target)).isFile())
        throw new HasheeError('INVALID_CHECKPOINT', `${path} is not a regular file.`, { fields: { path } });
      file = await open(target, 'r');
      const stats = await file.stat();
      const prefix = await readBytes(file, 0, Math.min(8, stats.size), path);
      const length = headerLength(prefix, stats.size, path);
      const header = parseHeader(await readBytes(file, 8, length, path), stats.size, path);
      return new SafetensorsFile(target, header, identityOf(stats));
    } catch (error) {
      throw systemError(error, 'read', path);
    } finally {
      await file?.close();
    }
  }

  /** @throws HasheeError `NOT_FOUND` */
  entry(name: string): TensorEntry {
    const entry = this.header.tensors.get(name);
    if (!entry)
      throw new HasheeError('NOT_FOUND', `${this.path} has no tensor "${name}".`, {
        fields: { path: this.path, name },
      });
    return entry;
  }

  /** The bytes of a tensor as they are stored, in a buffer of their own. */
  async readRaw(name: string): Promise<Uint8Array<ArrayBuffer>> {
    const { byteOffset, byteLength } = this.entry(name);
    return this.#use((file) => readBytes(file, byteOffset, byteLength, this.path));
  }

  /**
   * A tensor as float32. F32 is a view of the bytes read; F16, BF16 and I8 with scales are converted.
   * @throws HasheeError `INVALID_CHECKPOINT` for types that hold no weights, missing scales, and values that aren't finite
   */
  async read(name: string): Promise<Float32Array> {
    const { dtype } = this.entry(name);
    if (dtype === 'I8') {
      const { integers, scales } = await this.#readRows(name);
      return decodeRows(integers, scales);
    }
    if (dtype !== 'F32' && dtype !== 'F16' && dtype !== 'BF16')
      throw new HasheeError(
        'INVALID_CHECKPOINT',
        `${this.path}: tensor "${name}" is stored as ${dtype}; weights can be F32, F16, BF16 or I8 with "${name}${SCALE_SUFFIX}".`,
        { fields: { path: this.path, name, dtype } },
      );
    assertLittleEndian();
    const { buffer } = await this.readRaw(name);
    const values =
      dtype === 'F32'
        ? new Float32Array(buffer)
        : dtype === 'F16'
          ? decodeF16(new Uint16Array(buffer))
          : decodeBF16(new Uint16Array(buffer));
    assertFinite(values, name, this.path);
    return values;
  }

  /**
   * The integers and scales of an I8 tensor; undefined for other types.
   * @throws HasheeError `INVALID_CHECKPOINT` for missing scales, and for values that aren't finite
   */
  async readRows(name: string): Promise<IntegerRows | undefined> {
    return this.entry(name).dtype === 'I8' ? this.#readRows(name) : undefined;
  }

  /**
   * Looks at every value of an F32 tensor without keeping it in memory; of an I8 one at its scales.
   * @throws HasheeError `INVALID_CHECKPOINT`
   */
  async verify(name: string): Promise<void> {
    const { dtype, byteOffset, byteLength } = this.entry(name);
    if (dtype === 'I8') {
      const scales = await this.read(this.#scaleName(name));
      if (areLarge(scales)) await this.#readRows(name);
      return;
    }
    assertLittleEndian();
    await this.#use(async (file) => {
      const buffer = new ArrayBuffer(Math.min(CHUNK_BYTES, byteLength));
      for (let done = 0; done < byteLength; done += CHUNK_BYTES) {
        const chunk = new Uint8Array(buffer, 0, Math.min(CHUNK_BYTES, byteLength - done));
        await fill(file, chunk, byteOffset + done, this.path);
        assertFinite(new Float32Array(buffer, 0, chunk.length / 4), name, this.path, done / 4);
      }
    });
  }

  /** Where a tensor's float32 bytes lie; nothing where it is stored otherwise or not on a 4-byte boundary. */
  location(name: string): TensorLocation | undefined {
    const { dtype, byteOffset, byteLength } = this.entry(name);
    return dtype === 'F32' && byteOffset % 4 === 0 ? { path: this.path, byteOffset, byteLength } : undefined;
  }

  /**
   * Where the integers and scales of an I8 tensor lie; nothing for other types, and where the scales aren't on a 4-byte boundary.
   * @throws HasheeError `INVALID_CHECKPOINT` for missing scales
   */
  rowsLocation(name: string): IntegerRowsLocation | undefined {
    const { dtype, byteOffset, byteLength } = this.entry(name);
    if (dtype !== 'I8') return undefined;
    const scales = this.location(this.#scaleName(name));
    return scales && { integers: { path: this.path, byteOffset, byteLength }, scales };
  }

  /** Name of the scales of an I8 tensor, after checking that they are there. */
  #scaleName(name: string): string {
    const { shape } = this.entry(name);
    const scaleName = name + SCALE_SUFFIX;
    const scale = this.header.tensors.get(scaleName);
    const rows = shape[0];
    if (shape.length < 1 || scale?.dtype !== 'F32' || scale.shape.length !== 1 || scale.shape[0] !== rows)
      throw new HasheeError(
        'INVALID_CHECKPOINT',
        `${this.path}: the 8-bit tensor "${name}" of shape [${shape.join(', ')}] needs "${scaleName}" as F32 of shape [${rows ?? ''}], got ${scale ? `${scale.dtype} [${scale.shape.join(', ')}]` : 'nothing'}.`,
        { fields: { path: this.path, name, shape, scale: scale?.shape } },
      );
    return scaleName;
  }

  async #readRows(name: string): Promise<IntegerRows> {
    const scaleName = this.#scaleName(name);
    const [{ buffer }, scales] = await Promise.all([this.readRaw(name), this.read(scaleName)]);
    const integers = new Int8Array(buffer);
    if (areLarge(scales)) assertFinite(decodeRows(integers, scales), name, this.path);
    return { integers, scales };
  }

  /** Reads that follow each other share one open file. */
  async #use<T>(read: (file: FileHandle) => Promise<T>): Promise<T> {
    this.#readers++;
    try {
      this.#file ??= this.#open();
      return await read(await this.#file);
    } catch (error) {
      throw systemError(error, 'read', this.path);
    } finally {
      this.#readers--;
      if (this.#readers === 0) setImmediate(() => this.#closeIfIdle());
    }
  }

  async #open(): Promise<FileHandle> {
    let file: FileHandle | undefined;
    try {
      file = await open(this.path, 'r');
      if (identityOf(await file.stat()) !== this.#identity)
        throw new HasheeError('IO', `${this.path} was changed after the model was opened. Load the model again.`, {
          fields: { path: this.path },
        });
      return file;
    } catch (error) {
      this.#file = undefined;
      await file?.close();
      throw error;
    }
  }

  #closeIfIdle(): void {
    if (this.#readers > 0) return;
    const file = this.#file;
    this.#file = undefined;
    // Nothing was written, so nothing is lost if closing fails.
    file?.then((handle) => handle.close()).catch(() => {});
  }
}

function identityOf({ dev, ino, size, mtimeMs }: Stats): string {
  return `${dev}:${ino}:${size}:${mtimeMs}`;
}

async function readBytes(
  file: FileHandle,
  position: number,
  length: number,
  path: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  await fill(file, bytes, position, path);
  return bytes;
}

async function fill(file: FileHandle, bytes: Uint8Array, position: number, path: string): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, done, Math.min(bytes.length - done, 1 << 30), position + done);
    if (bytesRead === 0)
      throw new HasheeError('IO', `${path} ended at byte ${position + done} while it was read. It is being changed.`, {
        fields: { path, position: position + done },
      });
    done += bytesRead;
  }
}

function assertLittleEndian(): void {
  if (endianness() !== 'LE')
    throw new HasheeError('UNSUPPORTED', 'Weights can only be read on little-endian machines.', {
      fields: { endianness: endianness() },
    });
}

/** Finite scales give finite values unless they are so large that 128 of them overflow. */
function areLarge(scales: Float32Array): boolean {
  return scales.some((value) => Math.abs(value) > LARGEST_SAFE_SCALE);
}
