import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The fields of a package.json that matter for a release. */
export interface PublishedManifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
  readonly exports?: Readonly<Record<string, unknown>>;
}

export interface PublishedPackage {
  /** From the root of the workspace, such as `packages/core`. */
  readonly directory: string;
  readonly manifest: PublishedManifest;
}

/** The members of the workspace that go to the registry, in the order of their folders. */
export function publishedPackages(root: string): PublishedPackage[] {
  return ['packages', 'apps'].flatMap((folder) =>
    readdirSync(join(root, folder))
      .sort()
      .map((id) => `${folder}/${id}`)
      // A folder without README is a package that somebody is about to begin.
      .filter((directory) => ['package.json', 'README.md'].every((file) => existsSync(join(root, directory, file))))
      .map((directory) => ({
        directory,
        manifest: JSON.parse(readFileSync(join(root, directory, 'package.json'), 'utf8')) as PublishedManifest,
      }))
      .filter(({ manifest }) => manifest.private !== true),
  );
}

/** The members of the workspace that a package brings along, itself first. */
export function workspaceClosure(packages: readonly PublishedPackage[], name: string): PublishedPackage[] {
  const byName = new Map(packages.map((member) => [member.manifest.name, member]));
  const found = new Set<PublishedPackage>();
  const visit = (wanted: string): void => {
    const member = byName.get(wanted);
    if (!member || found.has(member)) return;
    found.add(member);
    for (const dependency of Object.keys(member.manifest.dependencies ?? {})) visit(dependency);
  };
  visit(name);
  return [...found];
}
