import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readSafetensors, type TensorToWrite, writeSafetensors } from '../src/index.js';
import { temporaryFolder } from './temporary-folder.js';

export const FAMILIES: string = join(import.meta.dirname, 'golden', 'families');

export interface Changes {
  /** New names of a tensor, none to leave it out. @default its own */
  readonly rename?: (name: string) => readonly string[];
  /** Tensors to add. */
  readonly add?: readonly TensorToWrite[];
  /** Fields of config.json; `undefined` removes one. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/** A copy of a golden model with other names, tensors or settings, as older or foreign tools would have written it. */
export async function rewriteModel(name: string, changes: Changes): Promise<string> {
  const source = join(FAMILIES, name);
  const folder = await temporaryFolder();
  const config = JSON.parse(await readFile(join(source, 'config.json'), 'utf8')) as Record<string, unknown>;
  await writeFile(join(folder, 'config.json'), JSON.stringify({ ...config, ...changes.config }));
  const weights = await readSafetensors(join(source, 'model.safetensors'));
  const tensors = weights.names().flatMap((stored) =>
    (changes.rename?.(stored) ?? [stored]).map((tensor) => ({
      name: tensor,
      dtype: weights.dtype(stored),
      shape: weights.shape(stored),
      read: () => weights.readRaw(stored),
    })),
  );
  await writeSafetensors(join(folder, 'model.safetensors'), [...tensors, ...(changes.add ?? [])]);
  return folder;
}
