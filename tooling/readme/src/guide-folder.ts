import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

/** Third-party packages that guides import, and the member of the workspace that has them. */
const libraries: Readonly<Record<string, string>> = {
  '@huggingface/transformers': 'apps/cli',
  'onnxruntime-node': 'packages/runtime-onnx',
};

/** How Node runs TypeScript here, and takes the sources of the workspace's packages. */
export const nodeOptions: readonly string[] = ['--conditions=@hashee/source', '--import', tsx];

function link(target: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path, 'junction');
}

let base: string | undefined;

/** The tiny pretrained encoder, made once and in the first folder that needs it. */
function baseModel(root: string, folder: string): string {
  if (base) return base;
  const made = mkdtempSync(join(tmpdir(), 'hashee-base-'));
  process.once('exit', () => rmSync(made, { recursive: true, force: true }));
  const script = join(folder, 'make-base.ts');
  cpSync(fileURLToPath(new URL('make-base.ts', import.meta.url)), script);
  const like = join(root, 'packages/checkpoint/test/golden/model');
  execFileSync(process.execPath, [...nodeOptions, script, like, join(made, 'base')], { cwd: folder });
  rmSync(script);
  base = join(made, 'base');
  return base;
}

/**
 * Makes a folder what a reader's would be: packages are installed, `hashee` and `hashee-compare` are on the PATH, and `base` is a
 * pretrained encoder, a tiny one. For guides that write into a clone, `tooling` and the packages that they change are copied.
 * @returns the environment for commands
 */
export function prepareGuideFolder(root: string, folder: string): NodeJS.ProcessEnv {
  for (const id of readdirSync(join(root, 'packages')))
    if (existsSync(join(root, 'packages', id, 'package.json')))
      link(join(root, 'packages', id), join(folder, 'node_modules', '@hashee', id));
  for (const [name, member] of Object.entries(libraries))
    link(join(root, member, 'node_modules', name), join(folder, 'node_modules', name));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
  cpSync(baseModel(root, folder), join(folder, 'base'), { recursive: true });

  const clone = join(folder, 'clone');
  for (const path of ['tooling/generators/src', 'tooling/scripts', 'packages/hash/src', 'packages/baselines/src'])
    cpSync(join(root, path), join(clone, path), { recursive: true });
  cpSync(join(root, 'package.json'), join(clone, 'package.json'));
  const bin = join(folder, '.bin');
  mkdirSync(bin);
  const script = (name: string, body: string): void =>
    writeFileSync(join(bin, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  const node = `exec "${process.execPath}" ${nodeOptions.map((option) => `"${option}"`).join(' ')}`;
  script('hashee', `${node} "${join(root, 'apps/cli/src/main.ts')}" "$@"`);
  script('hashee-compare', `${node} "${join(root, 'apps/compare/src/main.ts')}" "$@"`);
  // `npx --yes pnpm@… new:hash <name>` runs the script of that name in the clone.
  const scripts = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts as Record<string, string>;
  const generators = ['new:method', 'new:hash'].map(
    (name) => `${name}) cd "${clone}" && exec ${scripts[name]} "$4" ;;`,
  );
  script('npx', `[ "$1" = --yes ] || exit 2\ncase "$3" in ${generators.join(' ')} *) exit 2 ;; esac`);
  const { NODE_OPTIONS: _, VITEST: __, ...environment } = process.env;
  return {
    ...environment,
    PATH: `${bin}:${dirname(process.execPath)}:${environment['PATH']}`,
    NO_COLOR: '1',
    HF_HUB_OFFLINE: '1',
  };
}
