import { join } from 'node:path';
import { build } from 'esbuild';

export interface Bundle {
  /** Minified, without what is external. */
  readonly bytes: number;
  /** `node:` modules that its code names, sorted. */
  readonly node: readonly string[];
  /** Packages that stay imports, sorted. */
  readonly external: readonly string[];
}

/** Bundles one entry with the house's own packages; libraries stay outside, so the size is that of our code. */
export async function bundleEntry(root: string, source: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [join(root, source)],
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    conditions: ['@hashee/source'],
    logLevel: 'silent',
    plugins: [
      {
        name: 'libraries-stay-outside',
        setup: ({ onResolve }) =>
          onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
            kind === 'entry-point' || path.startsWith('@hashee/') ? undefined : { path, external: true },
          ),
      },
    ],
  });
  const names = [
    ...new Set(
      Object.values(metafile.inputs).flatMap(({ imports }) =>
        imports.flatMap(({ path, external }) => (external ? [path] : [])),
      ),
    ),
  ].sort();
  return {
    bytes: outputFiles[0].contents.length,
    node: names.filter((name) => name.startsWith('node:')),
    external: names.filter((name) => !name.startsWith('node:')),
  };
}
