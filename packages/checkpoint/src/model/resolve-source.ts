import { stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HasheeError } from '@hashee/core';

/** Where a model is: a folder of this machine, or a repository of the hub. */
export type ModelSource = { readonly directory: string } | { readonly repository: string };

const REPOSITORY = /^(?=.{1,96}$)[A-Za-z0-9][\w.-]*(\/[A-Za-z0-9][\w.-]*)?$/;

/**
 * Tells folders from hub ids without the network. A folder is what exists, what is absolute, what begins with `.`, `~` or
 * `file:`, and what has a backslash; anything else must look like `name` or `owner/name`.
 * @throws HasheeError `NOT_FOUND` for what can be neither
 */
export async function resolveSource(source: string): Promise<ModelSource> {
  if (source.startsWith('file:')) return { directory: fileURLToPath(source) };
  if (/^[.~]/.test(source) || isAbsolute(source) || source.includes('\\')) return { directory: source };
  const present = await stat(source).then(
    () => true,
    () => false,
  );
  if (present) return { directory: source };
  if (REPOSITORY.test(source) && !/--|\.\.|[.-]$|[.-]\//.test(source)) return { repository: source };
  throw new HasheeError(
    'NOT_FOUND',
    `There is no folder ${JSON.stringify(source)}, and it can't be a model of the hub, which is named like "owner/name".`,
    { fields: { source } },
  );
}
