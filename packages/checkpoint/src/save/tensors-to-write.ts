import { type EncoderConfig, HasheeError, type HeadConfig, type WeightSource } from '@hashee/core';
import type { Family } from '../families/family.js';
import { type CanonicalTensor, canonicalTensors } from '../model/tensor-names.js';
import { assertFinite } from '../safetensors/decode.js';
import { encodeF16, encodeRows } from '../safetensors/encode.js';
import { SCALE_SUFFIX } from '../safetensors/file.js';
import type { TensorToWrite } from '../safetensors/write-safetensors.js';
import type { SavedDtype } from './model-to-save.js';

/** Matrices below this many values stay 32-bit floats: there is little to gain. */
const SMALLEST_MATRIX = 4096;

/**
 * The tensors of a model under transformers' names and in the wanted type, read when their turn comes.
 * @param path named in errors
 * @throws HasheeError `INVALID_CHECKPOINT` for tensors that are missing or of another shape; later, while they are read,
 * for values that aren't finite
 */
export function tensorsToWrite(
  { family, config, heads }: { family: Family; config: EncoderConfig; heads: readonly HeadConfig[] },
  weights: WeightSource,
  dtype: SavedDtype,
  path: string,
): TensorToWrite[] {
  const present = new Set(weights.names());
  return canonicalTensors(family, config, heads).flatMap((tensor) => {
    if (tensor.optional && !present.has(tensor.canonical)) return [];
    assertShape(tensor, present.has(tensor.canonical) ? weights.shape(tensor.canonical) : undefined);
    const prefix = tensor.stored.part === 'encoder' && heads.length > 0 ? `${family.prefix}.` : '';
    const read = async (): Promise<Float32Array> => {
      const values = await weights.read(tensor.canonical);
      assertFinite(values, tensor.canonical, path);
      return values;
    };
    return encode(prefix + tensor.stored.name, tensor.shape, dtype, read);
  });
}

/** A tensor in the wanted type; 8-bit rows come with their scales. */
export function encode(
  name: string,
  shape: readonly number[],
  dtype: SavedDtype,
  read: () => Promise<Float32Array>,
): TensorToWrite[] {
  if (dtype === 'fp16') return [{ name, dtype: 'F16', shape, read: async () => encodeF16(await read(), name) }];
  const [rows, width] = shape;
  if (dtype === 'fp32' || shape.length !== 2 || rows * width < SMALLEST_MATRIX)
    return [{ name, dtype: 'F32', shape, read }];
  // Scales and integers lie far apart in the file; computing both twice needs no memory in between.
  return [
    { name, dtype: 'I8', shape, read: async () => encodeRows(await read(), rows).integers },
    { name: name + SCALE_SUFFIX, dtype: 'F32', shape: [rows], read: async () => encodeRows(await read(), rows).scales },
  ];
}

function assertShape({ canonical, shape }: CanonicalTensor, actual: readonly number[] | undefined): void {
  if (actual && actual.length === shape.length && actual.every((size, index) => size === shape[index])) return;
  throw new HasheeError(
    'INVALID_CHECKPOINT',
    `The model to save needs the tensor "${canonical}" of shape [${shape.join(', ')}], its weights have ${actual ? `[${actual.join(', ')}]` : 'none'}.`,
    { fields: { name: canonical, expected: shape, actual } },
  );
}
