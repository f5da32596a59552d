import { createHash, type Hash, randomBytes } from 'node:crypto';
import { copyFile, mkdir, open, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { HasheeError, systemError, throwIfAborted } from '@hashee/core';
import { exists } from '../model/find-weights.js';
import type { HubCache } from './hub-cache.js';
import type { HubProgress } from './hub-progress.js';

const EVENT_INTERVAL = 100;

/** A file of a repository, as the hub lists it. */
export interface RemoteFile {
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** Git's name for the content. */
  readonly oid?: string | undefined;
  /** Set for large files; its `oid` is the SHA-256 of the content. */
  readonly lfs?: { readonly oid: string } | undefined;
}

export interface DownloadFileOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((event: HubProgress) => void) | undefined;
}

/**
 * Puts a file into the cache unless it is there, beside its place first, and checks its digest. The snapshot links to it.
 * @param fetchContent opens the file on the hub
 * @throws HasheeError `IO`, `ABORTED`
 */
export async function downloadFile(
  file: RemoteFile,
  commit: string,
  cache: HubCache,
  fetchContent: () => Promise<ReadableStream<Uint8Array>>,
  { signal, onProgress }: DownloadFileOptions,
): Promise<void> {
  // Folders may be part of it, but nothing that leads out of the cache, and no hidden file.
  if (!/^[\w][\w.-]*(\/[\w][\w.-]*)*$/.test(file.path))
    throw new HasheeError('IO', `The hub lists a file of the name ${JSON.stringify(file.path)}, which isn't taken.`, {
      fields: { file: file.path },
    });
  const etag = file.lfs?.oid ?? file.oid ?? '';
  if (!/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(etag))
    throw new HasheeError('IO', `The hub gives no digest for ${file.path}.`, { fields: { file: file.path, etag } });
  const blob = cache.blob(etag);
  const pointer = join(cache.snapshot(commit), file.path);
  if (await exists(pointer)) {
    onProgress?.({ status: 'cached', file: file.path, total: file.size });
    return;
  }
  try {
    await mkdir(dirname(pointer), { recursive: true });
    if (!(await exists(blob))) await fetchBlob(file, etag, blob, fetchContent, { signal, onProgress });
    await link(blob, pointer);
  } catch (error) {
    throwIfAborted(signal, `Downloading ${file.path}`);
    throw systemError(error, 'download', file.path);
  }
  onProgress?.({ status: 'downloaded', file: file.path, total: file.size });
}

async function fetchBlob(
  file: RemoteFile,
  etag: string,
  blob: string,
  fetchContent: () => Promise<ReadableStream<Uint8Array>>,
  { signal, onProgress }: DownloadFileOptions,
): Promise<void> {
  await mkdir(dirname(blob), { recursive: true });
  const beside = `${blob}.${randomBytes(6).toString('hex')}.incomplete`;
  const target = await open(beside, 'wx');
  try {
    const hash = hashFor(file, etag);
    let loaded = 0;
    let reported = 0;
    for await (const chunk of await fetchContent()) {
      throwIfAborted(signal, `Downloading ${file.path}`);
      hash.update(chunk);
      await target.writeFile(chunk);
      loaded += chunk.length;
      if (loaded > file.size) break;
      if (Date.now() - reported < EVENT_INTERVAL) continue;
      reported = Date.now();
      onProgress?.({ status: 'downloading', file: file.path, loaded, total: file.size });
    }
    const digest = hash.digest('hex');
    if (loaded !== file.size || digest !== etag)
      throw new HasheeError(
        'IO',
        `${file.path} was damaged on the way: got ${loaded} bytes with digest ${digest}, expected ${file.size} with ${etag}. Try again.`,
        { fields: { file: file.path, loaded, expected: file.size, digest, etag } },
      );
    await target.sync();
    await target.close();
    await rename(beside, blob);
  } finally {
    await target.close().catch(() => {});
    await rm(beside, { force: true }).catch(() => {});
  }
}

/** Large files are named by the SHA-256 of their content, others as git names a blob. */
function hashFor(file: RemoteFile, etag: string): Hash {
  return etag.length === 64 ? createHash('sha256') : createHash('sha1').update(`blob ${file.size}\0`);
}

/** A relative link as other tools make it, or a copy where the system has no links. */
async function link(blob: string, pointer: string): Promise<void> {
  try {
    await symlink(relative(dirname(pointer), blob), pointer);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Another process was quicker.
    if (code === 'EEXIST') return;
    const beside = `${pointer}.${randomBytes(6).toString('hex')}.incomplete`;
    try {
      await copyFile(blob, beside);
      await rename(beside, pointer);
    } finally {
      await rm(beside, { force: true }).catch(() => {});
    }
  }
}
