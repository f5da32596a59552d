import { HasheeError } from '@hashee/core';
import { CONVERT_CPT, PICKLED_FILE } from '../model/pickled-weights.js';
import type { RemoteFile } from './download-file.js';

const SMALL = [
  'config.json',
  'generation_config.json',
  'hashee.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
];
const WEIGHTS = 'model.safetensors';
const INDEX = 'model.safetensors.index.json';

/** The files of a repository that a model is read from, weights last. */
export interface ModelFiles {
  readonly files: readonly RemoteFile[];
  /** Set for sharded models: names the files that hold the weights. */
  readonly index?: RemoteFile | undefined;
}

/** @throws HasheeError `NOT_FOUND` when the repository holds no model that can be read */
export function chooseModelFiles(listing: readonly RemoteFile[], repository: string): ModelFiles {
  const find = (path: string): RemoteFile | undefined => listing.find((file) => file.path === path);
  const [weights, index] = [find(WEIGHTS), find(INDEX)];
  const missing = ['config.json', 'tokenizer.json'].filter((path) => !find(path));
  if (!weights && !index) missing.push(WEIGHTS);
  const pickled = missing.includes(WEIGHTS) && find(PICKLED_FILE) !== undefined;
  if (missing.length > 0)
    throw new HasheeError(
      'NOT_FOUND',
      `${repository} on the hub has no ${missing.join(', no ')}. With transformers, save_pretrained of the model and its tokenizer writes them.${pickled ? ` ${CONVERT_CPT}` : ''}`,
      { fields: { repository, missing, files: listing.map(({ path }) => path) } },
    );
  const small = SMALL.map(find).filter((file) => file !== undefined);
  return weights ? { files: [...small, weights] } : { files: small, index };
}

/** The shards that the text of an index names. @throws HasheeError `INVALID_CHECKPOINT`, `NOT_FOUND` */
export function chooseShards(indexText: string, listing: readonly RemoteFile[], repository: string): RemoteFile[] {
  let map: unknown;
  try {
    map = (JSON.parse(indexText) as { weight_map?: unknown }).weight_map;
  } catch (cause) {
    throw new HasheeError('INVALID_CHECKPOINT', `${INDEX} of ${repository} is not valid JSON.`, { cause });
  }
  const names = new Set(typeof map === 'object' && map !== null ? Object.values(map) : []);
  return [...names].map((name: unknown) => {
    const file = listing.find(({ path }) => path === name && path.endsWith('.safetensors'));
    if (!file)
      throw new HasheeError('NOT_FOUND', `${repository} has no file ${JSON.stringify(name)}, which ${INDEX} names.`, {
        fields: { repository, name },
      });
    return file;
  });
}
