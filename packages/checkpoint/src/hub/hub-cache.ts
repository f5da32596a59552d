import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { HasheeError, systemError } from '@hashee/core';
import { exists } from '../model/find-weights.js';

export const COMMIT: RegExp = /^[0-9a-f]{40}$/;

/** The cache folder that all tools of Hugging Face share: `HF_HUB_CACHE`, else `hub` in `HF_HOME`, else `~/.cache/huggingface/hub`. */
export function hubCacheFolder(): string {
  const { HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, HF_HOME, XDG_CACHE_HOME } = process.env;
  const home = HF_HOME || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'huggingface');
  return HF_HUB_CACHE || HUGGINGFACE_HUB_CACHE || join(home, 'hub');
}

/** The copy of one repository in the cache: `blobs` by content, `snapshots` by commit, `refs` from branch to commit. */
export class HubCache {
  readonly directory: string;
  readonly #revision: string;

  /** @throws HasheeError `INVALID_ARGUMENT` for a revision that is no branch, tag or commit */
  constructor(cacheFolder: string, id: string, revision: string) {
    if (!/^[\w][\w.-]*(\/[\w][\w.-]*)*$/.test(revision) || revision.includes('..'))
      throw new HasheeError('INVALID_ARGUMENT', `${JSON.stringify(revision)} is no branch, tag or commit.`, {
        fields: { revision },
      });
    this.directory = join(cacheFolder, ['models', ...id.split('/')].join('--'));
    this.#revision = revision;
  }

  snapshot(commit: string): string {
    return join(this.directory, 'snapshots', commit);
  }

  blob(etag: string): string {
    return join(this.directory, 'blobs', etag);
  }

  /** The snapshot that the revision had when it was last downloaded, if it holds a model. */
  async find(): Promise<string | undefined> {
    const commit = COMMIT.test(this.#revision)
      ? this.#revision
      : await readFile(this.#ref(), 'utf8').then(
          (text) => text.trim(),
          () => '',
        );
    if (!COMMIT.test(commit)) return undefined;
    const directory = this.snapshot(commit);
    return (await exists(join(directory, 'config.json'))) ? directory : undefined;
  }

  /** Notes which commit the revision is. */
  async remember(commit: string): Promise<void> {
    if (this.#revision === commit) return;
    const beside = `${this.#ref()}.${randomBytes(6).toString('hex')}.tmp`;
    try {
      await mkdir(dirname(beside), { recursive: true });
      await writeFile(beside, commit);
      await rename(beside, this.#ref());
    } catch (error) {
      await rm(beside, { force: true }).catch(() => {});
      throw systemError(error, 'write', this.#ref());
    }
  }

  #ref(): string {
    return join(this.directory, 'refs', ...this.#revision.split('/'));
  }
}
