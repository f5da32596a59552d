type Json = Record<string, unknown>;

const scripts = {
  build: 'tsc -p tsconfig.build.json',
  typecheck: 'tsc --noEmit',
  test: 'vitest run',
  'check:package': 'publint --strict && attw --pack . --profile esm-only',
};

/** The files of one package that breaks no rule; `changes` replaces fields of its package.json. */
export function soundPackage(folder: 'packages' | 'apps', id: string, changes: Json = {}): Record<string, string> {
  const entry = { '@hashee/source': './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' };
  const published =
    folder === 'packages'
      ? { sideEffects: false, exports: { '.': entry, './package.json': './package.json' } }
      : { bin: { [id]: './dist/main.js' } };
  const manifest = {
    name: `@hashee/${id}`,
    version: '0.0.0',
    description: 'Something',
    keywords: ['hashee'],
    license: 'MIT',
    type: 'module',
    engines: { node: '>=20.19' },
    files: ['dist', 'README.md', 'LICENSE'],
    scripts,
    ...published,
    ...changes,
  };
  const base = { extends: '../../tsconfig.base.json' };
  const files: Record<string, string> = {
    'package.json': JSON.stringify(manifest),
    'tsconfig.json': JSON.stringify({ ...base, include: ['src', 'test'], compilerOptions: { noEmit: true } }),
    'tsconfig.build.json': JSON.stringify({
      ...base,
      include: ['src'],
      compilerOptions: { rootDir: 'src', outDir: 'dist' },
    }),
    'vitest.config.ts': "export { default } from '../../tooling/vitest/preset.js';\n",
    'README.md': `# @hashee/${id}\n\n\`\`\`sh\nnpm install @hashee/${id}\n\`\`\`\n\n\`\`\`ts\nimport '@hashee/${id}';\n\`\`\`\n`,
    LICENSE: 'MIT License\n',
    'src/index.ts': 'export const one: number = 1;\n',
    'test/one.test.ts': "import { expect, test } from 'vitest';\ntest('one', () => expect(1).toBe(1));\n",
  };
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [`${folder}/${id}/${path}`, text]));
}

/** A small workspace that breaks no rule. */
export function soundWorkspace(): Record<string, string | number> {
  const onCore = { dependencies: { '@hashee/core': 'workspace:^' } };
  return {
    'package.json': JSON.stringify({ engines: { node: '>=20.19' }, devDependencies: { vitest: '4.1.12' } }),
    LICENSE: 'MIT License\n',
    ...soundPackage('packages', 'core'),
    ...soundPackage('packages', 'hash', onCore),
    ...soundPackage('packages', 'checkpoint', onCore),
    ...soundPackage('packages', 'runtime-onnx', {
      dependencies: { '@hashee/core': 'workspace:^', 'onnxruntime-node': '1.30.0' },
    }),
    ...soundPackage('packages', 'train', { ...onCore, devDependencies: { '@hashee/runtime-onnx': 'workspace:^' } }),
    ...soundPackage('apps', 'cli', {
      dependencies: { '@hashee/train': 'workspace:^', '@hashee/runtime-onnx': 'workspace:^' },
    }),
    'packages/hash/src/index.ts': "import type { ExitTable } from '@hashee/core';\nexport type Table = ExitTable;\n",
    'packages/train/test/one.test.ts': "import { test } from 'vitest';\nimport { onnx } from '@hashee/runtime-onnx';\n",
  };
}
