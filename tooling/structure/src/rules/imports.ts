import { builtinModules } from 'node:module';
import { posix } from 'node:path';
import { packageOf, parseModule } from '../module.js';
import { packagesOf } from '../package.js';
import type { Rule, Violation } from '../rule.js';

const builtins = new Set(builtinModules);

/** Every import is declared, stays inside its package, and is written as Node resolves it. */
export const importsRule: Rule = {
  name: 'imports are declared, stay in their package and end in .js',
  check(workspace) {
    const violations: Violation[] = [];
    const rootManifest = JSON.parse(workspace.text('package.json') ?? '{}');
    const forTests = Object.keys(rootManifest.devDependencies ?? {});
    for (const { directory, folder, manifest, sources, others } of packagesOf(workspace)) {
      const { dependencies, optionalDependencies, peerDependencies, devDependencies } = manifest;
      const shipped = new Set(Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies }));
      const own = [manifest.name ?? '', ...shipped];
      const available = new Set([...own, ...Object.keys(devDependencies ?? {}), ...forTests]);
      for (const path of [...sources, ...others]) {
        const isShipped = folder !== 'tooling' && sources.includes(path);
        const { imports, error } = parseModule(path, workspace.text(path) ?? '');
        if (error) violations.push({ path, message: `is not valid code: ${error}` });
        for (const { value, line } of imports) {
          const refuse = (message: string): void =>
            void violations.push({ path, line, message: `${value}: ${message}` });
          if (value.startsWith('.')) {
            if (!/\.(?:[cm]?js|json)(?:\?|$)/.test(value)) refuse('a relative import ends in .js');
            const target = posix.join(posix.dirname(path), value);
            if (!target.startsWith(`${directory}/`) && !target.startsWith('tooling/'))
              refuse('a relative import stays in its package; import the other package by its name');
            else if (isShipped && !target.startsWith(`${directory}/src/`)) refuse('what ships imports only from src');
            continue;
          }
          const name = packageOf(value);
          if (name === undefined) continue;
          if (builtins.has(name)) refuse(`write node:${value}`);
          else if (isShipped ? name !== manifest.name && !shipped.has(name) : !available.has(name))
            refuse(`${name} is not among the ${isShipped ? 'dependencies' : 'dependencies or devDependencies'}`);
        }
      }
    }
    return violations;
  },
};
