import { fileURLToPath } from 'node:url';

/** Absolute path of the model folder: config.json, model.safetensors, tokenizer files, hashee.json. */
export const directory: string = fileURLToPath(new URL('../model', import.meta.url));
