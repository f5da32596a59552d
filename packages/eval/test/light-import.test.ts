import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

/** Packages that loading a module loads, directly and through others of ours. */
function packagesOf(entry: string): Set<string> {
  const seen = new Set<string>();
  const packages = new Set<string>();
  const visit = (url: URL): void => {
    if (seen.has(url.href)) return;
    seen.add(url.href);
    const source = readFileSync(url, 'utf8');
    for (const [, types, name] of source.matchAll(/^(?:import|export) (type )?[^;]*?from '([^']+)';/gms)) {
      if (types) continue;
      if (name.startsWith('.')) visit(new URL(name.replace(/\.js$/, '.ts'), url));
      else packages.add(name);
    }
  };
  visit(new URL(`../src/${entry}`, import.meta.url));
  return packages;
}

it('loads heavy packages only where they are needed', () => {
  const heavy = ['zod', 'jstat', 'vega', 'vega-lite'];
  const core = packagesOf('index.ts');
  expect([...core]).toEqual(expect.arrayContaining(['@hashee/core', 'csv-parse', 'simple-statistics']));
  expect(heavy.filter((name) => core.has(name))).toEqual([]);
  expect([...packagesOf('report/index.ts')]).toEqual(expect.arrayContaining(['zod', 'jstat']));
  expect([...packagesOf('files/index.ts')].filter((name) => !name.startsWith('node:'))).toEqual(['@hashee/core']);
  // Vega is imported when something is drawn.
  expect([...packagesOf('plots/index.ts')]).toEqual(['@hashee/core']);
});
