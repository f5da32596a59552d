import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { systemError } from '@hashee/core';

const PARTS = /^(?:config\.json|tokenizer(?:_config)?\.json|special_tokens_map\.json|.*\.safetensors)$/;

/** Hex digest of the files that make a model. @throws HasheeError `NOT_FOUND`, `IO` */
export async function digestEncoder(folder: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for (const name of (await readdir(folder)).filter((file) => PARTS.test(file)).sort()) {
      hash.update(`${name}\n`);
      for await (const chunk of createReadStream(join(folder, name))) hash.update(chunk as Buffer);
    }
  } catch (cause) {
    throw systemError(cause, 'read', folder);
  }
  return hash.digest('hex');
}
