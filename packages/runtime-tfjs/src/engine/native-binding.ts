import { HasheeError } from '@hashee/core';

/**
 * Looks for the native part of a package before it is imported: the import of an incomplete one registers hundreds of
 * kernels and then fails.
 * @throws HasheeError `MISSING_DEPENDENCY`
 */
export async function assertNativeBinding(packageName: string, remedy: string): Promise<void> {
  // Not literals: bundlers for browsers have nothing to find here.
  const [modules, files, paths] = ['node:module', 'node:fs', 'node:path'];
  const { createRequire } = (await import(/* @vite-ignore */ modules)) as typeof import('node:module');
  const { existsSync, readdirSync } = (await import(/* @vite-ignore */ files)) as typeof import('node:fs');
  const { dirname, join } = (await import(/* @vite-ignore */ paths)) as typeof import('node:path');
  const refuse = (reason: string, cause?: unknown): never => {
    throw new HasheeError('MISSING_DEPENDENCY', `Cannot import \`${packageName}\`: ${reason}. ${remedy}`, {
      fields: { package: packageName },
      cause,
    });
  };
  let folder = '';
  try {
    folder = join(dirname(createRequire(import.meta.url).resolve(`${packageName}/package.json`)), 'lib');
  } catch (cause) {
    refuse('it is not installed', cause);
  }
  const isBuilt =
    existsSync(folder) && readdirSync(folder).some((name) => existsSync(join(folder, name, 'tfjs_binding.node')));
  if (!isBuilt) refuse('its native part, tfjs_binding.node, was neither downloaded nor built when it was installed');
}
