import { readInstalls, shellBlocks } from '../../../scripts/read-installs.mjs';
import { packageOf, parseModule } from '../module.js';
import { packagesOf, type WorkspacePackage } from '../package.js';
import type { Rule, Violation } from '../rule.js';

/** The packages of ours that these names bring along, themselves included. */
function brought(packages: ReadonlyMap<string, WorkspacePackage>, names: readonly string[]): Set<WorkspacePackage> {
  const found = new Set<WorkspacePackage>();
  const visit = (name: string): void => {
    const member = packages.get(name);
    if (!member || found.has(member)) return;
    found.add(member);
    for (const dependency of Object.keys(member.manifest.dependencies ?? {})) visit(dependency);
  };
  for (const name of names) visit(name);
  return found;
}

/** What computes for a runtime: its peers, of which a user installs one. */
function enginesOf({ directory, manifest }: WorkspacePackage): string[] {
  return directory.startsWith('packages/runtime-') ? Object.keys(manifest.peerDependencies ?? {}) : [];
}

/** Who types what a page says can run what the page shows. */
export const readmeInstallsRule: Rule = {
  name: 'what a page says to install is enough',
  check(workspace) {
    const violations: Violation[] = [];
    const packages = packagesOf(workspace);
    const byName = new Map(packages.map((member) => [member.manifest.name ?? '', member]));
    const readmes = new Set([
      'README.md',
      ...packages
        .filter(({ folder, manifest }) => folder !== 'tooling' && manifest.private !== true)
        .map(({ directory }) => `${directory}/README.md`),
    ]);
    for (const path of workspace.paths.filter((file) => /\.(?:md|sh)$/.test(file) && !file.endsWith('CHANGELOG.md'))) {
      const text = workspace.text(path) ?? '';
      const named = readInstalls(text);
      const along = [...brought(byName, named)];
      const available = new Set([
        ...named,
        ...along.flatMap(({ manifest }) => Object.keys(manifest.dependencies ?? {})),
      ]);
      for (const member of along) {
        const engines = enginesOf(member);
        if (engines.length > 0 && !engines.some((name) => available.has(name)))
          violations.push({
            path,
            message: `says to install what brings ${member.manifest.name}, but none of ${engines.join(', ')}`,
          });
      }
      if (!readmes.has(path)) continue;
      const installed = new Set(readInstalls(shellBlocks(text)));
      for (const { 1: code, index } of text.matchAll(/^```(?:ts|typescript)\n(.*?)^```$/gms)) {
        const first = text.slice(0, index).split('\n').length + 1;
        for (const { value, line } of parseModule(`${path}.ts`, code).imports) {
          const name = packageOf(value);
          if (name !== undefined && !installed.has(name))
            violations.push({ path, line: first + line - 1, message: `imports ${value}, which no npm install names` });
        }
      }
    }
    return violations;
  },
};
