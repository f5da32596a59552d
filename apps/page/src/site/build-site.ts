import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type PageModelOptions, writePageModel } from './write-page-model.js';

/** This package: `src/site` and `dist/site` lie equally deep. */
const root = fileURLToPath(new URL('../..', import.meta.url));

export interface BuildSiteOptions extends PageModelOptions {
  /** Print what Vite does. @default false */
  readonly verbose?: boolean | undefined;
}

/**
 * Builds the page as static files: copy the folder to any web server. Paths in it are relative.
 * @param output emptied first
 */
export async function buildSite(output: string, options: BuildSiteOptions = {}): Promise<void> {
  const { build } = await import('vite');
  const publicDir = await mkdtemp(join(tmpdir(), 'hashee-page-'));
  try {
    await writePageModel(join(publicDir, 'model'), options);
    await build({
      configFile: false,
      root,
      base: './',
      publicDir,
      logLevel: options.verbose ? 'info' : 'warn',
      resolve: { conditions: ['@hashee/source', 'module', 'browser', 'production', 'default'] },
      build: {
        outDir: output,
        emptyOutDir: true,
        target: 'es2022',
        modulePreload: { polyfill: false },
        chunkSizeWarningLimit: 2000,
      },
    });
  } finally {
    await rm(publicDir, { recursive: true, force: true });
  }
}
