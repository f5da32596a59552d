import { HasheeError, throwIfAborted } from '@hashee/core';
import { writeAtomically } from '../files/write-atomically.js';
import { DTYPE_BITS } from './dtype.js';
import { MAX_HEADER_BYTES } from './header.js';

/** A tensor on its way into a file. */
export interface TensorToWrite {
  readonly name: string;
  /** As the format names it: `F32`, `F16`, `I8`, `U8`, ... */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Its little-endian bytes. Asked for when its turn comes, so that one tensor at a time is in memory. */
  read(): ArrayBufferView | Promise<ArrayBufferView>;
}

export interface WriteSafetensorsOptions {
  /** Kept in the header as `__metadata__`. PyTorch's readers expect `format: 'pt'`. @default { format: 'pt' } */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes a safetensors file, tensor by tensor, beside its destination, and renames it when it is whole. Tensors of wider
 * types come first and the data begins at a multiple of 64 bytes, so that each lies on a boundary of its type.
 * @throws HasheeError `INVALID_ARGUMENT` (names, types, sizes), `IO`, `ABORTED`
 */
export async function writeSafetensors(
  path: string,
  tensors: readonly TensorToWrite[],
  options: WriteSafetensorsOptions = {},
): Promise<void> {
  const order = tensors
    .map((tensor) => ({ tensor, bits: bitsOf(tensor), byteLength: byteLengthOf(tensor) }))
    .sort((a, b) => b.bits - a.bits);
  const header = encodeHeader(order, options.metadata ?? { format: 'pt' });
  await writeAtomically(path, async (file) => {
    await file.writeFile(header);
    for (const { tensor, byteLength } of order) {
      throwIfAborted(options.signal, `Writing ${path}`);
      const view = await tensor.read();
      if (view.byteLength !== byteLength)
        throw new HasheeError(
          'INVALID_ARGUMENT',
          `Tensor "${tensor.name}" of type ${tensor.dtype} and shape [${tensor.shape.join(', ')}] needs ${byteLength} bytes, got ${view.byteLength}.`,
          { fields: { name: tensor.name, expected: byteLength, actual: view.byteLength } },
        );
      const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
      for (let done = 0; done < bytes.length; )
        done += (await file.write(bytes, done, Math.min(bytes.length - done, 1 << 30))).bytesWritten;
    }
    throwIfAborted(options.signal, `Writing ${path}`);
  });
}

function bitsOf({ name, dtype }: TensorToWrite): number {
  const bits = DTYPE_BITS[dtype];
  if (bits === undefined)
    throw new HasheeError('INVALID_ARGUMENT', `Tensor "${name}" has the unknown type ${JSON.stringify(dtype)}.`, {
      fields: { name, dtype },
    });
  return bits;
}

function byteLengthOf(tensor: TensorToWrite): number {
  const { name, shape } = tensor;
  const bytes = (shape.reduce((product, size) => product * size, 1) * bitsOf(tensor)) / 8;
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0) || !Number.isSafeInteger(bytes))
    throw new HasheeError('INVALID_ARGUMENT', `Tensor "${name}" can't have the shape [${shape.join(', ')}].`, {
      fields: { name, shape },
    });
  return bytes;
}

function encodeHeader(
  order: readonly { readonly tensor: TensorToWrite; readonly byteLength: number }[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  // No prototype, so that a tensor may have any name.
  const entries = Object.create(null) as Record<string, unknown>;
  entries['__metadata__'] = metadata;
  let offset = 0;
  for (const { tensor, byteLength } of order) {
    const { name, dtype, shape } = tensor;
    if (name in entries)
      throw new HasheeError('INVALID_ARGUMENT', `Two tensors are named "${name}", or the name is reserved.`, {
        fields: { name },
      });
    entries[name] = { dtype, shape, data_offsets: [offset, offset + byteLength] };
    offset += byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(entries));
  const length = Math.ceil((json.length + 8) / 64) * 64 - 8;
  if (length > MAX_HEADER_BYTES)
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `The header would have ${length} bytes, the format allows ${MAX_HEADER_BYTES}.`,
      {
        fields: { length, limit: MAX_HEADER_BYTES },
      },
    );
  const bytes = new Uint8Array(8 + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, 8);
  return bytes;
}
