import { parse } from 'yaml';
import { type PublishedPackage, workspaceClosure } from './published-packages.js';

interface Lockfile {
  readonly importers: Readonly<
    Record<string, { readonly dependencies?: Readonly<Record<string, { readonly version: string }>> }>
  >;
  readonly snapshots: Readonly<
    Record<
      string,
      {
        readonly dependencies?: Readonly<Record<string, string>>;
        readonly optionalDependencies?: Readonly<Record<string, string>>;
      }
    >
  >;
}

/** Every third-party package that installing a package brings along, as `name@version`, sorted. Peers are the user's choice. */
export function dependencyClosure(lockfile: string, packages: readonly PublishedPackage[], name: string): string[] {
  const { importers, snapshots } = parse(lockfile) as Lockfile;
  const found = new Set<string>();
  const visit = (key: string): void => {
    if (found.has(key)) return;
    found.add(key);
    const { dependencies, optionalDependencies } = snapshots[key] ?? {};
    for (const [dependency, version] of Object.entries({ ...dependencies, ...optionalDependencies }))
      visit(snapshots[version] ? version : `${dependency}@${version}`);
  };
  for (const { directory } of workspaceClosure(packages, name))
    for (const [dependency, { version }] of Object.entries(importers[directory]?.dependencies ?? {}))
      if (!version.startsWith('link:')) visit(snapshots[version] ? version : `${dependency}@${version}`);
  return [...new Set([...found].map((key) => key.replace(/\(.*$/, '')))].sort();
}
