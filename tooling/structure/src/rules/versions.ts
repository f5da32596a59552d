import { dependencyFields, type Manifest, packagesOf } from '../package.js';
import type { Rule, Violation } from '../rule.js';

/** typedoc reads types through the compiler's JavaScript API, which TypeScript 7 doesn't have. */
const exceptions: ReadonlySet<string> = new Set(['tooling/api-docs/package.json typescript']);

/** One version of each library in the whole workspace, named exactly; our own packages by workspace. */
export const versionsRule: Rule = {
  name: 'third-party versions are exact and the same everywhere',
  check(workspace) {
    const violations: Violation[] = [];
    const packages = packagesOf(workspace);
    const ours = new Set(packages.map(({ manifest }) => manifest.name));
    const rootManifest = JSON.parse(workspace.text('package.json') ?? '{}') as Manifest;
    const seen = new Map<string, { version: string; path: string }>();
    const manifests = packages.map(({ directory, manifest }) => ({ path: `${directory}/package.json`, manifest }));
    for (const { path, manifest } of [{ path: 'package.json', manifest: rootManifest }, ...manifests]) {
      for (const field of dependencyFields) {
        for (const [name, version] of Object.entries(manifest[field] ?? {})) {
          const refuse = (message: string): void =>
            void violations.push({ path, message: `${field}.${name}: ${message}` });
          if (ours.has(name)) {
            if (version !== 'workspace:^') refuse(`write workspace:^, not ${version}`);
            continue;
          }
          // A peer is the user's choice; what we test with stands in devDependencies.
          if (field === 'peerDependencies') continue;
          if (!/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version)) refuse(`write an exact version, not ${version}`);
          if (exceptions.has(`${path} ${name}`)) continue;
          const first = seen.get(name);
          if (first && first.version !== version) refuse(`${version} here, ${first.version} in ${first.path}`);
          else seen.set(name, { version, path });
        }
      }
    }
    return violations;
  },
};
