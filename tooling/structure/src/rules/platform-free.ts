import { parseModule } from '../module.js';
import { packagesOf } from '../package.js';
import type { Rule, Violation } from '../rule.js';

/** Packages that run wherever JavaScript does. */
export const platformFree: ReadonlySet<string> = new Set([
  'packages/core',
  'packages/generation',
  'packages/hash',
  'packages/pipeline',
]);

const nodeGlobals = new Set(['Buffer', 'process', 'global', 'require', '__dirname', '__filename', 'setImmediate']);

/** Code for the browser uses nothing that only Node has. */
export const platformFreeRule: Rule = {
  name: 'core, hash, pipeline and generation use nothing that only Node has',
  check(workspace) {
    const violations: Violation[] = [];
    for (const { directory, sources } of packagesOf(workspace)) {
      if (!platformFree.has(directory)) continue;
      for (const path of sources) {
        const module = parseModule(path, workspace.text(path) ?? '');
        for (const { value, line } of module.imports)
          if (value.startsWith('node:')) violations.push({ path, line, message: `imports ${value}` });
        for (const { value, line } of module.names)
          if (nodeGlobals.has(value)) violations.push({ path, line, message: `uses ${value}` });
      }
    }
    return violations;
  },
};
