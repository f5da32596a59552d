import { HasheeError } from '@hashee/core';

/**
 * Looks for the native part of a package before it is imported: the import of an incomplete one registers hundreds of
 * kernels and then fails.
 * @throws HasheeError `MISSING_DEPENDENCY`
 */
export async function assertNativeBinding(packageName: string): Promise<void> {
  // Not literals: bundlers for browsers have nothing to find here.
  const [modules, files, paths] = ['node:module', 'node:fs', 'node:path'];
  const { createRequire } = (await import(/* @vite-ignore */ modules)) as typeof import('node:module');
  const { existsSync, readdirSync } = (await import(/* @vite-ignore */ files)) as typeof import('node:fs');
  const { dirname, join } = (await import(/* @vite-ignore */ paths)) as typeof import('node:path');
  const elsewhere =
    'offline or where that is refused, "The native engines" in the README of @hashee/runtime-tfjs says how to build it. It is optional: the wasm engine needs none of it.';
  const refuse = (reason: string, cause?: unknown): never => {
    throw new HasheeError('MISSING_DEPENDENCY', `Cannot import \`${packageName}\`: ${reason}; ${elsewhere}`, {
      fields: { package: packageName },
      cause,
    });
  };
  let folder = '';
  try {
    folder = join(dirname(createRequire(import.meta.url).resolve(`${packageName}/package.json`)), 'lib');
  } catch (cause) {
    refuse(`it is not installed. Install it with \`npm install ${packageName}\`, which downloads libtensorflow`, cause);
  }
  const isBuilt =
    existsSync(folder) && readdirSync(folder).some((name) => existsSync(join(folder, name, 'tfjs_binding.node')));
  if (!isBuilt)
    refuse(
      `it is installed without its native part, tfjs_binding.node. Run \`npm rebuild ${packageName}\` to download it`,
    );
}
