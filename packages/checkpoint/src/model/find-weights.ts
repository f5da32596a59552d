import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { HasheeError } from '@hashee/core';
import { CONVERT_CPT, PICKLED_FILE } from './pickled-weights.js';

export const WEIGHTS_FILE = 'model.safetensors';
export const WEIGHTS_INDEX = 'model.safetensors.index.json';

/** The weights file of a folder, or its index of shards. @throws HasheeError `NOT_FOUND` with what is there instead */
export async function findWeights(directory: string): Promise<string> {
  for (const name of [WEIGHTS_FILE, WEIGHTS_INDEX])
    if (await exists(join(directory, name))) return join(directory, name);
  const pickled = await exists(join(directory, PICKLED_FILE));
  throw new HasheeError(
    'NOT_FOUND',
    pickled
      ? `${directory} has ${PICKLED_FILE}, which can run code when it is opened, and no ${WEIGHTS_FILE}. Save the model again with transformers: model.save_pretrained(folder). ${CONVERT_CPT}`
      : `${directory} has no ${WEIGHTS_FILE} and no ${WEIGHTS_INDEX}.`,
    { fields: { path: directory } },
  );
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
