import { packageOf, parseModule } from '../module.js';
import { dependencyFields, packagesOf, type WorkspacePackage } from '../package.js';
import type { Rule, Violation } from '../rule.js';

/** From the ground up. A package imports only from floors below its own. */
const floors: readonly { readonly name: string; readonly members: RegExp }[] = [
  { name: 'ground', members: /^packages\/core$/ },
  { name: 'materials', members: /^packages\/(?:hash|checkpoint|terminal|model-[a-z0-9-]+)$/ },
  { name: 'engines', members: /^packages\/runtime-[a-z0-9-]+$/ },
  { name: 'programs', members: /^packages\/(?:train|eval|pipeline|generation)$/ },
  { name: 'methods', members: /^packages\/baselines$/ },
  { name: 'studies', members: /^packages\/difficulty$/ },
  { name: 'apps', members: /^apps\// },
];

const floorOf = (directory: string): number => floors.findIndex(({ members }) => members.test(directory));

/** Why `from` must not use `to`, or undefined where it may. */
function refusal(from: WorkspacePackage, to: WorkspacePackage): string | undefined {
  const [upper, lower] = [floorOf(from.directory), floorOf(to.directory)];
  if (to.folder === 'tooling') return 'tooling is not published';
  if (floors[lower]?.name === 'apps') return 'nothing imports an app';
  if (lower >= upper) return `${floors[upper].name} may only use floors below, not ${floors[lower].name}`;
  if (['programs', 'methods', 'studies'].includes(floors[upper].name) && floors[lower].name === 'engines')
    return 'a program gets its backend handed in, it imports no runtime';
  return undefined;
}

/** Who may lean on whom: read from every package.json and from the import statements themselves. */
export const floorsRule: Rule = {
  name: 'packages import only from the floors below',
  check(workspace) {
    const violations: Violation[] = [];
    const packages = packagesOf(workspace);
    const byName = new Map(packages.map((member) => [member.manifest.name, member]));
    for (const member of packages) {
      const manifestPath = `${member.directory}/package.json`;
      const tooling = member.folder === 'tooling';
      if (!tooling && floorOf(member.directory) < 0) {
        violations.push({ path: manifestPath, message: 'stands on no floor; give it one in tooling/structure' });
        continue;
      }
      for (const field of dependencyFields) {
        for (const name of Object.keys(member.manifest[field] ?? {})) {
          const target = byName.get(name);
          if (!target || tooling) continue;
          // Tests may use any floor: the real runtime is better than a mock.
          const reason =
            field !== 'devDependencies'
              ? refusal(member, target)
              : target.folder === 'apps' && 'nothing imports an app';
          if (reason) violations.push({ path: manifestPath, message: `${field} has ${name}: ${reason}` });
        }
      }
      for (const path of [...member.sources, ...member.others]) {
        for (const { value, line } of parseModule(path, workspace.text(path) ?? '').imports) {
          const target = byName.get(packageOf(value));
          if (!target || target === member) continue;
          const shipped = member.sources.includes(path) && !tooling;
          const reason = shipped ? refusal(member, target) : target.folder === 'apps' && 'nothing imports an app';
          if (reason) violations.push({ path, line, message: `imports ${value}: ${reason}` });
        }
      }
    }
    return violations;
  },
};
