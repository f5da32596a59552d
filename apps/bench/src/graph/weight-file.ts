import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import { type EncoderConfig, encoderTensors, type HeadConfig, headTensors, type WeightSource } from '@hashee/core';
import type { ElementType } from './onnx-graph.js';

/** Where a tensor lies. */
export interface WeightEntry {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly byteOffset: number;
  readonly byteLength: number;
}

/** Weights that several graphs in one folder share. */
export interface WeightFile {
  /** Name in its folder. */
  readonly name: string;
  readonly entries: ReadonlyMap<string, WeightEntry>;
}

/** ONNX Runtime maps whole pages; tensors that begin on one aren't copied. */
const PAGE = 4096;

export type WeightDtype = 'fp32' | 'q8';

/**
 * Writes the tensors of a model as graphs of plain products read them. Matrices of linear maps are transposed to [inputs, outputs]
 * under `{name}.transposed`; with `q8` they, and the word embeddings, are 8-bit integers with a scale for each output (or row)
 * under `{name}.scales`, by the largest magnitude, as dynamic quantisation per channel has it.
 */
export async function writeWeightFile(
  path: string,
  model: { readonly config: EncoderConfig; readonly head: HeadConfig; readonly weights: WeightSource },
  dtype: WeightDtype,
): Promise<WeightFile> {
  const entries = new Map<string, WeightEntry>();
  const file = await open(path, 'w');
  try {
    const writer = new Writer(file, entries);
    const tensors = [...encoderTensors(model.config), ...headTensors(model.head, model.config.hiddenSize)];
    for (const [name, shape] of tensors) {
      const linear = shape.length === 2 && !name.startsWith('embeddings.');
      if (dtype === 'q8' && (linear || name === 'embeddings.word')) {
        const { integers, scales } = await integerRows(model.weights, name, shape);
        const [rows, columns] = shape;
        if (linear)
          await writer.write(`${name}.transposed`, 'int8', [columns, rows], transpose(integers, rows, columns));
        else await writer.write(name, 'int8', shape, integers);
        await writer.write(`${name}.scales`, 'float32', linear ? [rows] : [rows, 1], scales);
      } else {
        const values = await model.weights.read(name);
        const [rows, columns] = shape;
        if (linear)
          await writer.write(`${name}.transposed`, 'float32', [columns, rows], transpose(values, rows, columns));
        else await writer.write(name, 'float32', shape, values);
      }
    }
  } finally {
    await file.close();
  }
  return { name: basename(path), entries };
}

class Writer {
  readonly #file: FileHandle;
  readonly #entries: Map<string, WeightEntry>;
  #end = 0;

  constructor(file: FileHandle, entries: Map<string, WeightEntry>) {
    this.#file = file;
    this.#entries = entries;
  }

  async write(
    name: string,
    type: ElementType,
    shape: readonly number[],
    data: Float32Array | Int8Array,
  ): Promise<void> {
    const byteOffset = Math.ceil(this.#end / PAGE) * PAGE;
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    for (let done = 0; done < bytes.length; )
      done += (await this.#file.write(bytes, done, bytes.length - done, byteOffset + done)).bytesWritten;
    this.#end = byteOffset + bytes.length;
    this.#entries.set(name, { type, shape, byteOffset, byteLength: bytes.length });
  }
}

/** As the model stores them, else rounded here. */
async function integerRows(
  weights: WeightSource,
  name: string,
  [rows, columns]: readonly number[],
): Promise<{ readonly integers: Int8Array; readonly scales: Float32Array }> {
  const stored = await weights.readRows?.(name);
  if (stored) return stored;
  const values = await weights.read(name);
  const integers = new Int8Array(values.length);
  const scales = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    let largest = 0;
    for (let i = row * columns; i < (row + 1) * columns; i++) largest = Math.max(largest, Math.abs(values[i]));
    scales[row] = largest / 127 || 1;
    for (let i = row * columns; i < (row + 1) * columns; i++) integers[i] = Math.round(values[i] / scales[row]);
  }
  return { integers, scales };
}

function transpose<Data extends Float32Array | Int8Array>(data: Data, rows: number, columns: number): Data {
  const result = new (data.constructor as new (length: number) => Data)(data.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) result[column * rows + row] = data[row * columns + column];
  return result;
}
