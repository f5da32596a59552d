import { dirname, join } from 'node:path';
import { HasheeError } from '@hashee/core';
import { readJsonObject } from '../files/read-json.js';
import { SafetensorsFile } from './file.js';
import { SafetensorsWeights } from './weights.js';

const INDEX_LIMIT = 64 << 20;

/**
 * Opens a `.safetensors` file, or a sharded model by its `.safetensors.index.json`. Headers are read and checked now,
 * tensors when asked for.
 * @throws HasheeError `NOT_FOUND`, `IO`, `INVALID_CHECKPOINT`
 */
export async function readSafetensors(path: string): Promise<SafetensorsWeights> {
  if (path.endsWith('.json')) return readShards(path);
  const file = await SafetensorsFile.open(path);
  return new SafetensorsWeights(
    new Map([...file.header.tensors.keys()].map((name) => [name, file])),
    file.header.metadata,
  );
}

async function readShards(path: string): Promise<SafetensorsWeights> {
  const { weight_map: map } = await readJsonObject(path, 'INVALID_CHECKPOINT', INDEX_LIMIT);
  if (typeof map !== 'object' || map === null || Array.isArray(map))
    throw new HasheeError('INVALID_CHECKPOINT', `${path}: "weight_map" must map tensor names to files.`, {
      fields: { path },
    });
  const shards = new Map<string, SafetensorsFile>();
  for (const name of new Set<unknown>(Object.values(map))) {
    if (typeof name !== 'string' || !/^[\w][\w.-]*\.safetensors$/.test(name))
      throw new HasheeError(
        'INVALID_CHECKPOINT',
        `${path}: ${JSON.stringify(name)} is not the name of a .safetensors file beside the index.`,
        { fields: { path, name } },
      );
    shards.set(name, await SafetensorsFile.open(join(dirname(path), name)));
  }
  const files = new Map<string, SafetensorsFile>();
  for (const [tensor, name] of Object.entries(map)) {
    const shard = shards.get(name as string)!;
    shard.entry(tensor);
    files.set(tensor, shard);
  }
  return new SafetensorsWeights(files, [...shards.values()][0]?.header.metadata);
}
