import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { HasheeError, systemError, throwIfAborted } from '@hashee/core';
import type { Graph, GraphParameter } from '../graph/graph.js';
import { modelBytes, type ParameterBinding } from '../graph/model-bytes.js';
import type { StoredTensors } from '../quantize/stored-tensors.js';
import type { ExportProgress } from './export-options.js';

/** Runtimes map whole pages. */
const PAGE = 4096;

/** Smaller tensors stay in the model, where runtimes that look at values while loading find them. */
const SMALLEST_OUTSIDE = 1024;

export interface WriteSettings {
  /** Version of ONNX's operators. */
  readonly opset: number;
  readonly inlineLimit: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((event: ExportProgress) => void) | undefined;
}

export interface ModelToWrite {
  readonly path: string;
  readonly graph: Graph;
  readonly tensors: StoredTensors;
  /** Name of the file of weights that are too large for one. @default the model's with `_data` behind it */
  readonly dataFile?: string | undefined;
}

export interface WrittenFile {
  readonly path: string;
  readonly bytes: number;
}

type Read = (parameter: GraphParameter) => Promise<Float32Array | Int8Array>;

/**
 * Writes models of one folder, and weights beside them where they are too large for one file. Nothing has its name before all is written:
 * several models in a new folder appear with it at once; else files are renamed one after the other, a model after its weights.
 * @returns for each model its file, and that of its weights where there is one
 * @throws HasheeError `IO`, `ABORTED`, and what reading the weights throws
 */
export async function writeModels(models: readonly ModelToWrite[], settings: WriteSettings): Promise<WrittenFile[][]> {
  const folder = resolve(dirname(models[0].path));
  const beside = `.${randomBytes(6).toString('hex')}.tmp`;
  const whole = models.length > 1 && !(await exists(folder));
  const staged = (path: string): string => (whole ? join(folder + beside, basename(path)) : path + beside);
  // By name: graphs with the same weights get the same file of weights, so that they can share one.
  const ordered = models.map(({ graph }) =>
    [...graph.parameters.values()].sort((a, b) => (a.weight < b.weight ? -1 : 1)),
  );
  const sizes = ordered.map((parameters) => parameters.reduce((sum, parameter) => sum + bytesOf(parameter), 0));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  let done = 0;
  const written: WrittenFile[][] = [];
  let failing = models[0].path;
  try {
    await mkdir(whole ? dirname(folder) : folder, { recursive: true });
    if (whole) await mkdir(folder + beside);
    for (const [index, model] of models.entries()) {
      failing = model.path;
      const read: Read = async ({ weight }) => {
        throwIfAborted(settings.signal, 'The export');
        const data = await model.tensors.read(weight);
        done += data.byteLength;
        settings.onProgress?.({ done, total });
        return data;
      };
      const outside = sizes[index] > settings.inlineLimit;
      written.push(
        await writeModel(model, { parameters: ordered[index], outside, opset: settings.opset }, read, staged),
      );
    }
    throwIfAborted(settings.signal, 'The export');
    const appeared = whole && (await appear(folder + beside, folder));
    if (!appeared)
      for (const { path } of written.flatMap((files) => files.toReversed())) await rename(staged(path), path);
    return written;
  } catch (cause) {
    if (HasheeError.isInstance(cause) || typeof (cause as NodeJS.ErrnoException).syscall !== 'string') throw cause;
    throw systemError(cause, 'write', failing);
  } finally {
    const left = whole ? [folder + beside] : models.flatMap((model) => [model.path, dataPath(model)]).map(staged);
    for (const path of left) await rm(path, { recursive: true, force: true }).catch(() => {});
  }
}

/** @returns false where the folder has been made in the meantime and holds something */
async function appear(beside: string, folder: string): Promise<boolean> {
  try {
    await rename(beside, folder);
    return true;
  } catch (cause) {
    if (await exists(folder)) return false;
    throw cause;
  }
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function dataPath({ path, dataFile = `${basename(path)}_data` }: ModelToWrite): string {
  return join(dirname(path), dataFile);
}

/** @returns the files by the names that they will have */
async function writeModel(
  model: ModelToWrite,
  how: { readonly parameters: readonly GraphParameter[]; readonly outside: boolean; readonly opset: number },
  read: Read,
  staged: (path: string) => string,
): Promise<WrittenFile[]> {
  const { path, graph } = model;
  const { parameters, outside, opset } = how;
  const data = dataPath(model);
  const bindings = new Map<string, ParameterBinding>();
  let dataBytes = 0;
  if (outside) dataBytes = await writeData(staged(data), basename(data), parameters, read, bindings);
  else for (const each of parameters) bindings.set(each.weight, { kind: 'bytes', data: await read(each) });
  const bytes = modelBytes(graph, ({ weight }) => bindings.get(weight)!, { opset, irVersion: irVersion(opset) });
  await withFile(staged(path), (file) => writeAll(file, bytes, 0));
  return [{ path, bytes: bytes.length }, ...(outside ? [{ path: data, bytes: dataBytes }] : [])];
}

/** IR version that came with an opset; the oldest that holds it, so that older runtimes read the file. */
function irVersion(opset: number): number {
  return opset <= 18 ? 8 : opset <= 20 ? 9 : opset <= 22 ? 10 : 11;
}

async function writeData(
  path: string,
  location: string,
  parameters: readonly GraphParameter[],
  read: Read,
  bindings: Map<string, ParameterBinding>,
): Promise<number> {
  let end = 0;
  await withFile(path, async (file) => {
    for (const parameter of parameters) {
      const data = await read(parameter);
      if (data.byteLength < SMALLEST_OUTSIDE) {
        bindings.set(parameter.weight, { kind: 'bytes', data });
        continue;
      }
      const byteOffset = Math.ceil(end / PAGE) * PAGE;
      await writeAll(file, new Uint8Array(data.buffer, data.byteOffset, data.byteLength), byteOffset);
      end = byteOffset + data.byteLength;
      bindings.set(parameter.weight, { kind: 'file', location, byteOffset, byteLength: data.byteLength });
    }
  });
  return end;
}

function bytesOf({ shape, type }: GraphParameter): number {
  return shape.reduce((product, size) => product * size, type === 'int8' || type === 'uint8' ? 1 : 4);
}

async function withFile(path: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await write(file);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A single write may stop short, at 2 GiB for one. */
async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
