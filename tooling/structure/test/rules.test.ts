import { describe, expect, test } from 'vitest';
import type { Rule } from '../src/rule.js';
import { bareErrorsRule } from '../src/rules/bare-errors.js';
import { fileSizesRule } from '../src/rules/file-sizes.js';
import { floorsRule } from '../src/rules/floors.js';
import { importsRule } from '../src/rules/imports.js';
import { rules } from '../src/rules/index.js';
import { leftoversRule } from '../src/rules/leftovers.js';
import { machineTracesRule } from '../src/rules/machine-traces.js';
import { platformFreeRule } from '../src/rules/platform-free.js';
import { publicNamesRule } from '../src/rules/public-names.js';
import { readmeInstallsRule } from '../src/rules/readme-installs.js';
import { shapeRule } from '../src/rules/shape.js';
import { versionsRule } from '../src/rules/versions.js';
import { virtualWorkspace } from '../src/workspace.js';
import { soundPackage, soundWorkspace } from './sound.js';

type Files = Record<string, string | number>;

function broken(rule: Rule, changes: Files): string[] {
  return rule
    .check(virtualWorkspace({ ...soundWorkspace(), ...changes }))
    .map(({ path, line, message }) => `${path}${line ? `:${line}` : ''} ${message}`);
}

/** Each row: what is wrong, the files that make it so, and what has to be said about it. */
function catches(rule: Rule, rows: readonly (readonly [what: string, changes: Files, said: RegExp])[]): void {
  test.each(rows)(`catches %s`, (_, changes, said) => {
    const places = broken(rule, changes);
    expect(places).toHaveLength(1);
    expect(places[0]).toMatch(said);
  });
}

test.each(rules.map((rule) => [rule.name, rule] as const))('a sound workspace passes: %s', (_, rule) => {
  expect(broken(rule, {})).toEqual([]);
});

describe('floors', () => {
  const using = (folder: 'packages' | 'apps', id: string, name: string, field = 'dependencies') =>
    soundPackage(folder, id, { [field]: { [name]: 'workspace:^' } });
  catches(floorsRule, [
    [
      'core that depends on something',
      using('packages', 'core', '@hashee/hash'),
      /core\/package\.json .*@hashee\/hash/,
    ],
    ['materials that use each other', using('packages', 'checkpoint', '@hashee/hash'), /checkpoint\/package\.json/],
    [
      'a runtime that uses the other',
      { ...soundPackage('packages', 'runtime-tfjs'), ...using('packages', 'runtime-onnx', '@hashee/runtime-tfjs') },
      /runtime-onnx\/package\.json/,
    ],
    ['a program with a runtime', using('packages', 'train', '@hashee/runtime-onnx'), /gets its backend handed in/],
    [
      'a program with a runtime as a peer',
      using('packages', 'train', '@hashee/runtime-onnx', 'peerDependencies'),
      /gets its backend handed in/,
    ],
    [
      'a program that uses the methods above it',
      { ...soundPackage('packages', 'baselines'), ...using('packages', 'train', '@hashee/baselines') },
      /programs may only use floors below, not methods/,
    ],
    [
      'methods with a runtime',
      { ...using('packages', 'baselines', '@hashee/runtime-onnx') },
      /baselines\/package\.json .*gets its backend handed in/,
    ],
    ['tests that use an app', using('packages', 'train', '@hashee/cli', 'devDependencies'), /nothing imports an app/],
    ['a package without a floor', soundPackage('packages', 'attic'), /stands on no floor/],
    [
      'an import statement',
      { 'packages/core/src/index.ts': "\nimport { x } from '@hashee/hash/deep';\n" },
      /core\/src\/index\.ts:2 imports @hashee\/hash\/deep/,
    ],
    [
      'an import of types only',
      { 'packages/train/src/index.ts': "import type { X } from '@hashee/runtime-onnx';\n" },
      /train\/src\/index\.ts:1/,
    ],
    ['a re-export', { 'packages/core/src/index.ts': "export * from '@hashee/hash';\n" }, /core\/src\/index\.ts:1/],
    [
      'a lazy import',
      { 'packages/train/src/index.ts': "export const load = () => import('@hashee/runtime-onnx');\n" },
      /train\/src\/index\.ts:1/,
    ],
    [
      'an import inside a type',
      { 'packages/core/src/index.ts': "export type X = import('@hashee/hash').X;\n" },
      /core\/src\/index\.ts:1/,
    ],
    [
      'a test that imports an app',
      { 'packages/hash/test/one.test.ts': "import { main } from '@hashee/cli';\n" },
      /nothing imports an app/,
    ],
    [
      'tooling in what ships',
      {
        'tooling/golden/package.json': '{ "name": "@hashee/golden", "private": true }',
        'packages/hash/src/index.ts': "import '@hashee/golden';\n",
      },
      /tooling is not published/,
    ],
  ]);
});

describe('imports', () => {
  const hash = (text: string): Files => ({ 'packages/hash/src/index.ts': text });
  catches(importsRule, [
    ['a relative import without .js', hash("import { x } from './x';\n"), /ends in \.js/],
    ['a relative import with .ts', hash("import { x } from './x.ts';\n"), /ends in \.js/],
    ['a way into another package', hash("import { x } from '../../core/src/index.js';\n"), /stays in its package/],
    ['sources that import a test', hash("import { x } from '../test/x.js';\n"), /only from src/],
    ['a library that is not declared', hash("import lodash from 'lodash/fp.js';\n"), /lodash is not among/],
    ['a library for tests in sources', hash("import { expect } from 'vitest';\n"), /vitest is not among/],
    ['a bare name of a Node module', hash("import { join } from 'path';\n"), /write node:path/],
    ['code that does not parse', hash('export const = ;\n'), /is not valid code/],
    [
      'a package that a test does not declare',
      { 'packages/hash/test/one.test.ts': "import '@hashee/checkpoint';\n" },
      /@hashee\/checkpoint is not among/,
    ],
  ]);
});

describe('platform-free packages', () => {
  const core = (text: string): Files => ({ 'packages/core/src/index.ts': text });
  catches(platformFreeRule, [
    ['a Node module', core("import { readFile } from 'node:fs/promises';\n"), /imports node:fs\/promises/],
    ['a lazy Node module', core("export const load = () => import('node:fs');\n"), /imports node:fs/],
    ['process', core('export const home: unknown = process.env;\n'), /:1 uses process/],
    ['Buffer as a type', core('export type Bytes = Buffer;\n'), /uses Buffer/],
    ['process through globalThis', core('export const p: unknown = globalThis.process;\n'), /uses process/],
  ]);

  test('lets properties of that name alone, and packages for Node', () => {
    const code = 'export interface X { process: number; Buffer(): void }\nexport const f = (x: X) => x.process;\n';
    expect(broken(platformFreeRule, core(code))).toEqual([]);
    expect(broken(platformFreeRule, { 'packages/checkpoint/src/index.ts': "import 'node:fs';\n" })).toEqual([]);
  });
});

describe('shape', () => {
  const hash = (changes: Record<string, unknown>): Files => soundPackage('packages', 'hash', changes);
  const entry = { types: './dist/index.d.ts', '@hashee/source': './src/index.ts', default: './dist/index.js' };
  catches(shapeRule, [
    ['another name', hash({ name: '@hashee/hashes' }), /name must be "@hashee\/hash"/],
    ['another license', hash({ license: 'ISC' }), /license must be/],
    ['another Node', hash({ engines: { node: '>=18' } }), /engines must be/],
    ['another script', hash({ scripts: { build: 'tsdown' } }), /scripts must be/],
    ['no description', hash({ description: '' }), /description is missing/],
    ['a main field', hash({ main: './dist/index.js' }), /main is not used/],
    [
      'conditions in another order',
      hash({ exports: { '.': entry, './package.json': './package.json' } }),
      /exports\["\."\] must be/,
    ],
    [
      'an entry without a source',
      hash({
        exports: {
          '.': {
            '@hashee/source': './src/main.ts',
            types: './dist/main.d.ts',
            default: './dist/main.js',
          },
          './package.json': './package.json',
        },
      }),
      /\.\/src\/main\.ts, which doesn't exist/,
    ],
    ['sources among the files', hash({ files: ['dist', 'src', 'README.md', 'LICENSE'] }), /files must be/],
    [
      'a looser tsconfig',
      { 'packages/hash/tsconfig.json': '{ "extends": "../../tsconfig.base.json" }' },
      /tsconfig\.json/,
    ],
    [
      "Node's types in sources for the browser",
      {
        'packages/hash/tsconfig.build.json': JSON.stringify({
          extends: '../../tsconfig.base.json',
          include: ['src'],
          compilerOptions: { rootDir: 'src', outDir: 'dist', types: ['node'] },
        }),
      },
      /tsconfig\.build\.json/,
    ],
    ['its own vitest config', { 'packages/hash/vitest.config.ts': 'export default {};\n' }, /vitest\.config\.ts/],
    ['another license text', { 'packages/hash/LICENSE': 'ISC\n' }, /LICENSE must be the same/],
    [
      'a README without example',
      { 'packages/hash/README.md': '# @hashee/hash\n\nnpm install @hashee/hash\n' },
      /no example/,
    ],
    ['an app without a command', soundPackage('apps', 'cli', { bin: undefined }), /an app has a bin/],
    ['public tooling', { 'tooling/golden/package.json': '{ "name": "@hashee/golden" }' }, /tooling is private/],
  ]);

  test.each([
    ['README.md', 'README.md'],
    ['LICENSE', 'LICENSE'],
    ['src/index.ts', 'src/index.ts'],
    ['vitest.config.ts', 'vitest.config.ts'],
    ['tsconfig.build.json', 'tsconfig.build.json'],
    ['test/one.test.ts', 'test'],
  ])('misses %s', (file, place) => {
    const files = soundWorkspace();
    delete files[`packages/hash/${file}`];
    const places = shapeRule.check(virtualWorkspace(files)).map(({ path }) => path);
    expect(places).toContain(`packages/hash/${place}`);
  });
});

describe('what pages say to install', () => {
  const readme = (install: string, ...imports: string[]): Files => ({
    'packages/hash/README.md': `# @hashee/hash\n\n\`\`\`sh\n${install}\n\`\`\`\n\n\`\`\`typescript\n${imports
      .map((name) => `import '${name}';\n`)
      .join('')}\`\`\`\n`,
  });
  const onPeer = soundPackage('packages', 'runtime-onnx', { peerDependencies: { 'onnxruntime-node': '^1.30.0' } });
  catches(readmeInstallsRule, [
    [
      'an example that imports more',
      readme('npm install @hashee/hash', '@hashee/hash', '@hashee/core/testing'),
      /hash\/README\.md:9 imports @hashee\/core\/testing/,
    ],
    [
      'a package that is only mentioned',
      { 'README.md': '`npm install vega` adds it.\n\n```ts\nimport "vega";\n```\n' },
      /README\.md:4 imports vega/,
    ],
    [
      'a runtime without its engine',
      {
        ...onPeer,
        'packages/runtime-onnx/README.md': '```sh\nnpm install @hashee/runtime-onnx onnxruntime-node\n```\n',
        'apps/cli/README.md': '```sh\nnpm install --global @hashee/cli onnxruntime-node\n```\n',
        'docs/first.sh': '# Needs npm install --global @hashee/cli, or a clone.\n',
      },
      /docs\/first\.sh says to install what brings @hashee\/runtime-onnx, but none of onnxruntime-node/,
    ],
  ]);

  test('lets Node and an engine among the dependencies be', () => {
    expect(broken(readmeInstallsRule, readme('npm install @hashee/hash', 'node:path', './own.js'))).toEqual([]);
    const cli = { '@hashee/runtime-onnx': 'workspace:^', 'onnxruntime-node': '1.30.0' };
    const ready = { ...onPeer, ...soundPackage('apps', 'cli', { dependencies: cli }) };
    const own = { 'packages/runtime-onnx/README.md': '' };
    expect(broken(readmeInstallsRule, { ...ready, ...own })).toEqual([]);
  });
});

describe('versions', () => {
  const hash = (dependencies: Record<string, string>): Files => soundPackage('packages', 'hash', { dependencies });
  catches(versionsRule, [
    ['a range', hash({ 'ml-kmeans': '^7.0.1' }), /write an exact version, not \^7\.0\.1/],
    ['another version than elsewhere', hash({ 'onnxruntime-node': '1.29.0' }), /1\.29\.0|1\.30\.0/],
    ['our own package by version', hash({ '@hashee/core': '0.0.0' }), /write workspace:\^/],
    ['a version other than the root has', hash({ vitest: '4.1.11' }), /4\.1\.11 here, 4\.1\.12 in package\.json/],
  ]);
});

describe('bare errors', () => {
  const hash = (text: string): Files => ({ 'packages/hash/src/index.ts': text });
  catches(bareErrorsRule, [
    [
      'throw new Error',
      hash("export const f = (): never => {\n  throw new Error('no');\n};\n"),
      /:2 makes a bare Error/,
    ],
    ['Error called', hash("export const e: unknown = Error('no');\n"), /bare Error/],
    ['another class of the language', hash("export const e: unknown = new RangeError('no');\n"), /bare RangeError/],
  ]);

  test('lets our own class extend Error, and words in texts', () => {
    const code = "export class E extends Error {}\n// new Error()\nexport const text = 'new Error()';\n";
    expect(broken(bareErrorsRule, hash(code))).toEqual([]);
  });
});

describe('public names', () => {
  const hash = (fields: string, name = 'Options'): Files => ({
    'packages/hash/src/index.ts': `export interface ${name} {\n${fields}\n}\n`,
  });
  catches(publicNamesRule, [
    ['another word', hash('  readonly lr?: number | undefined;'), /index\.ts:2 lr: the name for this is learningRate/],
    ['another shape', hash('  readonly batchSize?: string | undefined;'), /batchSize is something else/],
    ['progress as numbers', hash('  readonly onProgress?: ((done: number) => void) | undefined;'), /onProgress is/],
    ['events by another word', hash("  readonly kind: 'end';", 'SearchEvent'), /told apart by type/],
    ['progress without an end', hash('  readonly bytes: number;', 'ExportProgress'), /has a status, or done and total/],
  ]);

  test('lets what is required have a shape of its own', () => {
    expect(broken(publicNamesRule, hash('  readonly seed: string;'))).toEqual([]);
  });
});

describe('leftovers', () => {
  catches(leftoversRule, [
    ['a note in code', { 'packages/hash/src/index.ts': '\n// TODO: finish\nexport {};\n' }, /index\.ts:2 has a TODO/],
    ['a note in a block', { 'apps/cli/src/x.ts': '/* FIXME */\nexport {};\n' }, /FIXME/],
    ['a note in Python', { 'tooling/golden/make.py': 'x = 1  # XXX later\n' }, /make\.py:1 has a XXX/],
    ['a test alone', { 'packages/hash/test/one.test.ts': "test.only('x', () => {});\n" }, /runs one test only/],
  ]);

  test('lets the words stand in texts', () => {
    expect(broken(leftoversRule, { 'packages/hash/src/x.ts': "export const x = 'TODO';\n" })).toEqual([]);
  });
});

describe('file sizes', () => {
  catches(fileSizesRule, [
    ['a long source', { 'packages/hash/src/x.ts': 'export {};\n'.repeat(501) }, /has 501 lines/],
    ['a long script', { 'tooling/golden/make.py': 'pass\n'.repeat(501) }, /has 501 lines/],
    ['a heavy file', { 'packages/hash/test/data.bin': 2_000_001 }, /at most 2 MB/],
    ['a model that is too heavy', { 'packages/model-sst2/model/model.safetensors': 26_000_001 }, /at most 26 MB/],
  ]);

  test('lets the default model be heavier than other files', () => {
    expect(broken(fileSizesRule, { 'packages/model-sst2/model/model.safetensors': 25_000_000 })).toEqual([]);
  });
});

describe('traces of one machine', () => {
  // Put together here, so that this file isn't one of the places.
  const path = (...parts: string[]): string => ['', ...parts].join('/');
  const registry = `https://${['registry', 'npmjs', 'org'].join('.')}`;
  catches(machineTracesRule, [
    ['a registry in a lockfile', { 'pnpm-lock.yaml': `a\ntarball: ${registry}/x.tgz\n` }, /pnpm-lock\.yaml:2/],
    ['a mirror', { '.npmrc': `registry=http://${['artifactory', 'example'].join('.')}/npm\n` }, /artifactory/],
    ['a home folder', { 'README.md': `Look in ${path('home', 'me', 'models')}.\n` }, /a path of one machine/],
    [
      'a folder for temporary files',
      { 'packages/hash/src/x.ts': `export const x = '${path('tmp', 'x')}';\n` },
      /x\.ts:1/,
    ],
  ]);

  test('lets addresses and relative paths alone', () => {
    const text = `https://example.org${path('home', 'x')} ..${path('work', 'x')} \${directory}${path('tmp', 'x')}\n`;
    expect(broken(machineTracesRule, { 'README.md': text })).toEqual([]);
  });
});
