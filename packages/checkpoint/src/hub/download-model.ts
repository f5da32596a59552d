import { join } from 'node:path';
import { HasheeError, throwIfAborted } from '@hashee/core';
import { readText } from '../files/read-json.js';
import { downloadFile, type RemoteFile } from './download-file.js';
import { COMMIT, HubCache, hubCacheFolder } from './hub-cache.js';
import type { HubProgress } from './hub-progress.js';
import { chooseModelFiles, chooseShards } from './model-files.js';

export interface HubOptions {
  /** Branch, tag or commit. @default main */
  readonly revision?: string | undefined;
  /** @default `HF_HUB_CACHE`, else `hub` in `HF_HOME`, else `~/.cache/huggingface/hub` */
  readonly cacheDir?: string | undefined;
  /** For private and gated models. @default the environment variable HF_TOKEN */
  readonly token?: string | undefined;
  /** Take what the cache has and don't use the network. @default true where the environment variable HF_HUB_OFFLINE is set to 1, true, yes or on */
  readonly localFilesOnly?: boolean | undefined;
  readonly onProgress?: ((event: HubProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const INDEX_LIMIT = 64 << 20;

/**
 * Brings a model from the hub (`HF_ENDPOINT`, else huggingface.co) into the cache, and returns its folder. Only the files
 * that a model is read from are fetched. When the hub can't be reached, an earlier download serves.
 * @throws HasheeError `NOT_FOUND`, `IO`, `INVALID_ARGUMENT`, `ABORTED`
 */
export async function downloadModel(id: string, options: HubOptions = {}): Promise<string> {
  const { onProgress, signal, revision = 'main' } = options;
  const cache = new HubCache(options.cacheDir ?? hubCacheFolder(), id, revision);
  const offline = options.localFilesOnly ?? /^(1|true|yes|on)$/i.test(process.env['HF_HUB_OFFLINE'] ?? '');
  const found = await cache.find();
  if (offline) {
    if (!found) throw notCached(id, revision, cache.directory);
    onProgress?.({ status: 'offline', directory: found, reason: 'The network is switched off.' });
    return found;
  }
  onProgress?.({ status: 'resolving', repository: id, revision });
  try {
    const directory = await download(id, revision, cache, options);
    onProgress?.({ status: 'ready', directory });
    return directory;
  } catch (error) {
    throwIfAborted(signal, `Downloading ${id}`);
    if (!found || !isOutage(error)) throw error;
    onProgress?.({ status: 'offline', directory: found, reason: (error as HasheeError).message });
    return found;
  }
}

async function download(id: string, revision: string, cache: HubCache, options: HubOptions): Promise<string> {
  const { signal, onProgress } = options;
  const hub = await import('@huggingface/hub');
  const token = options.token ?? process.env['HF_TOKEN'];
  const request = {
    repo: { type: 'model', name: id } as const,
    hubUrl: (process.env['HF_ENDPOINT'] ?? hub.HUB_URL).replace(/\/+$/, ''),
    ...(token ? { accessToken: token } : {}),
    fetch: (input: string | URL | Request, init?: RequestInit): Promise<Response> =>
      fetch(input, signal ? { ...init, signal } : init),
  };
  const listing: RemoteFile[] = [];
  let commit = '';
  try {
    const info = await hub.modelInfo({ ...request, name: id, revision, additionalFields: ['sha'] });
    commit = String(info.sha);
    for await (const entry of hub.listFiles({ ...request, revision: commit }))
      if (entry.type === 'file') listing.push(entry);
  } catch (error) {
    throw hubError(error, id, revision);
  }
  if (!COMMIT.test(commit))
    throw new HasheeError('IO', `The hub gives no commit for ${id}.`, { fields: { id, commit } });
  const get = (file: RemoteFile): Promise<void> =>
    downloadFile(file, commit, cache, () => openRemote(hub, request, file, commit, id), { signal, onProgress });
  const { files, index } = chooseModelFiles(listing, id);
  for (const file of files) await get(file);
  if (index) {
    await get(index);
    const text = await readText(join(cache.snapshot(commit), index.path), 'INVALID_CHECKPOINT', INDEX_LIMIT);
    for (const shard of chooseShards(text, listing, id)) await get(shard);
  }
  await cache.remember(commit);
  return cache.snapshot(commit);
}

/** Plain HTTP: the hub's chunked protocol brings nothing for single files of this size, and the digest is checked here. */
async function openRemote(
  hub: typeof import('@huggingface/hub'),
  request: { repo: { type: 'model'; name: string }; hubUrl: string; fetch: typeof fetch },
  file: RemoteFile,
  commit: string,
  id: string,
): Promise<ReadableStream<Uint8Array>> {
  try {
    const blob = await hub.downloadFile({ ...request, path: file.path, revision: commit, xet: false });
    if (!blob)
      throw new HasheeError('NOT_FOUND', `${id} has no ${file.path} at ${commit}.`, {
        fields: { id, file: file.path },
      });
    return blob.stream();
  } catch (error) {
    throw hubError(error, id, commit);
  }
}

function hubError(error: unknown, id: string, revision: string): HasheeError {
  if (HasheeError.isInstance(error)) return error;
  const status = (error as { statusCode?: number }).statusCode;
  const fields = { id, revision, status };
  if (status === 401 || status === 403 || status === 404)
    return new HasheeError(
      'NOT_FOUND',
      `The hub has no model ${id} at revision ${revision}, or doesn't show it to you (${status}). There is no folder of this name either. A private or gated model needs the option token, or HF_TOKEN.`,
      { fields, cause: error },
    );
  if (error instanceof TypeError && error.message.includes('access token'))
    return new HasheeError('INVALID_ARGUMENT', 'A token of the hub begins with "hf_".', { cause: error });
  const reason = status === undefined ? `it can't be reached (${deepest(error)})` : `it answered with status ${status}`;
  return new HasheeError('IO', `${id} can't be loaded from the hub: ${reason}. A local folder needs no network.`, {
    fields,
    cause: error,
  });
}

function deepest(error: unknown): string {
  let inner = error;
  while (inner instanceof Error && inner.cause !== undefined) inner = inner.cause;
  return inner instanceof Error ? inner.message || inner.name : String(inner);
}

/** The hub or the way there is at fault, and not the request. */
function isOutage(error: unknown): boolean {
  if (!HasheeError.isInstance(error, 'IO')) return false;
  const { status, id } = error.fields as { status?: number; id?: string };
  return id !== undefined && (status === undefined || status >= 500 || status === 429);
}

function notCached(id: string, revision: string, directory: string): HasheeError {
  return new HasheeError(
    'NOT_FOUND',
    `There is no folder ${id}, and no copy of the hub's ${id} at revision ${revision} in ${directory}. The network is switched off (localFilesOnly or HF_HUB_OFFLINE).`,
    { fields: { id, revision, directory } },
  );
}
