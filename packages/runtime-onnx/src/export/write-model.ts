import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { HasheeError, systemError, throwIfAborted } from '@hashee/core';
import type { Graph, GraphParameter } from '../graph/graph.js';
import { type ModelFormat, modelBytes, type ParameterBinding } from '../graph/model-bytes.js';
import type { StoredTensors } from '../quantize/stored-tensors.js';
import type { ExportProgress } from './export-options.js';

/** Runtimes map whole pages. */
const PAGE = 4096;

/** Smaller tensors stay in the model, where runtimes that look at values while loading find them. */
const SMALLEST_OUTSIDE = 1024;

export interface WriteSettings {
  readonly format: ModelFormat;
  readonly inlineLimit: number;
  readonly dataFile?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((event: ExportProgress) => void) | undefined;
}

export interface WrittenFile {
  readonly path: string;
  readonly bytes: number;
}

/**
 * Writes the model, and its weights beside it where they are too large for one file. Each file is written under another name
 * and renamed; the model last.
 * @throws HasheeError `IO`, `ABORTED`, and what reading the weights throws
 */
export async function writeModel(
  path: string,
  graph: Graph,
  tensors: StoredTensors,
  settings: WriteSettings,
): Promise<WrittenFile[]> {
  // By name: graphs with the same weights get the same file of weights, so that they can share one.
  const parameters = [...graph.parameters.values()].sort((a, b) => (a.weight < b.weight ? -1 : 1));
  const total = parameters.reduce((sum, parameter) => sum + bytesOf(parameter), 0);
  let written = 0;
  const read = async (parameter: GraphParameter): Promise<Float32Array | Int8Array> => {
    throwIfAborted(settings.signal, 'The export');
    const data = await tensors.read(parameter.weight);
    written += data.byteLength;
    settings.onProgress?.({ done: written, total });
    return data;
  };
  const beside = `.${randomBytes(6).toString('hex')}.tmp`;
  const dataFile = settings.dataFile ?? `${basename(path)}_data`;
  const dataPath = join(dirname(path), dataFile);
  const outside = total > settings.inlineLimit;
  try {
    await mkdir(dirname(path), { recursive: true });
    const bindings = new Map<string, ParameterBinding>();
    let dataBytes = 0;
    if (outside) dataBytes = await writeData(dataPath + beside, dataFile, parameters, read, bindings);
    else for (const each of parameters) bindings.set(each.weight, { kind: 'bytes', data: await read(each) });
    const model = modelBytes(graph, ({ weight }) => bindings.get(weight)!, settings.format);
    await withFile(path + beside, (file) => writeAll(file, model, 0));
    throwIfAborted(settings.signal, 'The export');
    if (outside) await rename(dataPath + beside, dataPath);
    await rename(path + beside, path);
    return [{ path, bytes: model.length }, ...(outside ? [{ path: dataPath, bytes: dataBytes }] : [])];
  } catch (cause) {
    for (const file of [path, dataPath]) await rm(file + beside, { force: true }).catch(() => {});
    if (HasheeError.isInstance(cause) || typeof (cause as NodeJS.ErrnoException).syscall !== 'string') throw cause;
    throw systemError(cause, 'write', path);
  }
}

async function writeData(
  path: string,
  location: string,
  parameters: readonly GraphParameter[],
  read: (parameter: GraphParameter) => Promise<Float32Array | Int8Array>,
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
