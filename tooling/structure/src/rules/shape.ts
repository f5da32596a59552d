import { isDeepStrictEqual } from 'node:util';
import { packagesOf, type WorkspacePackage } from '../package.js';
import type { Rule, Violation } from '../rule.js';
import type { Workspace } from '../workspace.js';
import { platformFree } from './platform-free.js';

const scripts = {
  build: 'tsc -p tsconfig.build.json',
  typecheck: 'tsc --noEmit',
  test: 'vitest run',
  'check:package': 'publint --strict && attw --pack . --profile esm-only',
};

const vitestConfig = "export { default } from '../../tooling/vitest/preset.js';\n";

/** What is wrong with the two tsconfigs. Tests may always use Node's types, sources only where the package is for Node. */
function tsconfigProblems(workspace: Workspace, directory: string): { file: string; message: string }[] {
  const wanted = {
    'tsconfig.json': { include: ['src', 'test'], compilerOptions: { noEmit: true } },
    'tsconfig.build.json': { include: ['src'], compilerOptions: { rootDir: 'src', outDir: 'dist' } },
  };
  return Object.entries(wanted).flatMap(([file, { include, compilerOptions }]) => {
    const actual: unknown = JSON.parse(workspace.text(`${directory}/${file}`) ?? '{}');
    const plain = { extends: '../../tsconfig.base.json', include, compilerOptions };
    const forNode = { ...plain, compilerOptions: { ...compilerOptions, types: ['node'] } };
    if (isDeepStrictEqual(actual, plain)) return [];
    const nodeTypes = file === 'tsconfig.json' || !platformFree.has(directory);
    if (nodeTypes && isDeepStrictEqual(actual, forNode)) return [];
    return [
      { file, message: `must be ${JSON.stringify(plain)}${nodeTypes ? ', with or without types: ["node"]' : ''}` },
    ];
  });
}

function fieldsOf({ folder, id }: WorkspacePackage, node: unknown): Record<string, unknown> {
  return {
    name: `@hashee/${id}`,
    license: 'MIT',
    type: 'module',
    engines: { node },
    scripts,
    ...(folder === 'packages' ? { sideEffects: false } : {}),
  };
}

/** Reasons why `exports` (or `bin`) of a package isn't what a published package needs. */
function entryProblems(workspace: Workspace, { directory, folder, manifest }: WorkspacePackage): string[] {
  const problems: string[] = [];
  const entries = Object.entries(manifest.exports ?? {});
  if (folder === 'packages' && !entries.some(([name]) => name === '.')) problems.push('exports has no "."');
  if (folder === 'apps' && !manifest['bin'] && manifest.private !== true)
    problems.push('an app has a bin, or is private');
  for (const [name, target] of entries) {
    if (name === './package.json') continue;
    const source = (target as Record<string, string>)['@hashee/source'];
    const stem = /^\.\/src\/(.+)\.ts$/.exec(source ?? '')?.[1];
    const wanted = { '@hashee/source': source, types: `./dist/${stem}.d.ts`, default: `./dist/${stem}.js` };
    if (stem === undefined || JSON.stringify(target) !== JSON.stringify(wanted))
      problems.push(`exports["${name}"] must be @hashee/source (in src), types and default (in dist), in this order`);
    else if (workspace.text(`${directory}/${source.slice(2)}`) === undefined)
      problems.push(`exports["${name}"] names ${source}, which doesn't exist`);
  }
  if (entries.length > 0 && manifest.exports?.['./package.json'] !== './package.json')
    problems.push('exports has no "./package.json"');
  return problems;
}

function filesProblems(manifest: WorkspacePackage['manifest'], id: string): string[] {
  const files = (manifest['files'] ?? []) as string[];
  const wanted = ['dist', 'README.md', 'LICENSE'];
  // A model package also ships the model.
  const rest = files.filter((name) => !wanted.includes(name));
  if (
    isDeepStrictEqual(
      files.filter((name) => wanted.includes(name)),
      wanted,
    ) &&
    (rest.length === 0 || id.startsWith('model-'))
  )
    return [];
  return [`files must be ${JSON.stringify(wanted)}, is ${JSON.stringify(files)}`];
}

function readmeProblems(text: string | undefined, { folder, id, manifest }: WorkspacePackage): string[] {
  if (text === undefined) return ['README.md is missing'];
  const problems: string[] = [];
  const name = `@hashee/${id}`;
  if (!text.startsWith(`# ${name}\n`)) problems.push(`README.md must start with "# ${name}"`);
  if (folder === 'packages' && !/^```ts$/m.test(text)) problems.push('README.md has no example in a ts block');
  if (manifest.private !== true && !new RegExp(`npm install .*${name}`).test(text))
    problems.push(`README.md doesn't say "npm install ${name}"`);
  return problems;
}

/** Whoever knows one package finds the way in all others. */
export const shapeRule: Rule = {
  name: 'all packages have the same shape',
  check(workspace) {
    const violations: Violation[] = [];
    const engines = JSON.parse(workspace.text('package.json') ?? '{}').engines?.node;
    for (const member of packagesOf(workspace)) {
      const { directory, folder, manifest } = member;
      const refuse = (file: string, message: string): void =>
        void violations.push({ path: `${directory}/${file}`, message });
      if (folder === 'tooling') {
        if (manifest.private !== true) refuse('package.json', 'tooling is private');
        continue;
      }
      for (const [field, wanted] of Object.entries(fieldsOf(member, engines)))
        if (!isDeepStrictEqual(manifest[field], wanted))
          refuse('package.json', `${field} must be ${JSON.stringify(wanted)}, is ${JSON.stringify(manifest[field])}`);
      for (const field of ['version', 'description', 'keywords'])
        if (!manifest[field]?.toString()) refuse('package.json', `${field} is missing`);
      for (const field of ['main', 'module', 'types'])
        if (manifest[field] !== undefined) refuse('package.json', `${field} is not used beside exports`);
      for (const problem of entryProblems(workspace, member)) refuse('package.json', problem);
      for (const problem of filesProblems(manifest, member.id)) refuse('package.json', problem);
      for (const { file, message } of tsconfigProblems(workspace, directory)) refuse(file, message);
      if (workspace.text(`${directory}/vitest.config.ts`) !== vitestConfig)
        refuse('vitest.config.ts', `must be: ${vitestConfig.trim()}`);
      if (workspace.text(`${directory}/LICENSE`) !== workspace.text('LICENSE'))
        refuse('LICENSE', 'must be the same as at the root');
      for (const problem of readmeProblems(workspace.text(`${directory}/README.md`), member))
        refuse('README.md', problem);
      if (folder === 'packages' && workspace.text(`${directory}/src/index.ts`) === undefined)
        refuse('src/index.ts', 'is missing');
      if (!member.others.some((path) => /\/test\/.*\.test\.ts$/.test(path))) refuse('test', 'has no test');
    }
    return violations;
  },
};
