// Set-up that both commands of the README share. Runs before anything is installed, so it is plain JavaScript
// on what Node itself brings.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of the workspace. */
export const root = fileURLToPath(new URL('../../', import.meta.url)).replace(/[\\/]$/, '');

/** Where what was set up is remembered; goes away with node_modules. */
export const cacheDirectory = join(root, 'node_modules', '.cache', 'hashee');

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/**
 * @typedef {object} Finished
 * @property {number} code exit code; 127 when the program couldn't be started
 * @property {string} output stdout and stderr together, and the signal that ended it, if one did
 */

/**
 * Runs a program in the workspace without stdin and keeps what it prints.
 * @param {string} program
 * @param {readonly string[]} parameters
 * @param {{ env?: NodeJS.ProcessEnv, show?: boolean }} [options] `show`: print instead of keep
 * @returns {Promise<Finished>}
 */
export function run(program, parameters, { env = process.env, show = false } = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, parameters, {
      cwd: root,
      env,
      stdio: ['ignore', show ? 'inherit' : 'pipe', show ? 'inherit' : 'pipe'],
      // npx and pnpm are .cmd files there, which only a shell starts.
      shell: process.platform === 'win32' && program !== process.execPath,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', (error) => resolve({ code: 127, output: `${program}: ${error.message}\n` }));
    child.on('close', (code, signal) =>
      resolve({ code: code ?? 1, output: signal ? `${output}${program} was ended by ${signal}\n` : output }),
    );
  });
}

/** A Node release that the tools don't know is refused here, where the message can still be a plain one. */
export function refuseOldNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  process.stderr.write(`Hashee needs Node 20.19 or newer, this is ${process.version}.\n`);
  process.exit(1);
}

/** @type {Promise<NodeJS.ProcessEnv> | undefined} */
let environment;

/**
 * The environment for tools: the pinned pnpm on PATH (turbo and publint look for it there), no telemetry.
 * The version stands in package.json, in `packageManager`.
 */
export function toolEnvironment() {
  environment ??= (async () => {
    // `npm run --silent` would also silence the reason why npx failed.
    const base = { ...process.env, npm_config_loglevel: 'error', TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' };
    const { code, output } = await run(
      'npx',
      ['--yes', '--package', manifest.packageManager, '--', 'node', join(root, 'tooling', 'scripts', 'print-path.mjs')],
      { env: base },
    );
    const path = /^PATH=(.*)$/m.exec(output)?.[1];
    if (code !== 0 || !path) throw new SetupFailure(`getting ${manifest.packageManager} through npx`, output);
    return { ...base, PATH: [join(root, 'node_modules', '.bin'), path].join(delimiter) };
  })();
  return environment;
}

/** A step of the set-up that failed, with all it printed. */
export class SetupFailure extends Error {
  /**
   * @param {string} step
   * @param {string} output
   */
  constructor(step, output) {
    super(`${step} failed:\n${output.trimEnd()}`);
    this.name = 'SetupFailure';
  }
}

/** Folders of all packages of the workspace. */
export function packageDirectories() {
  return ['packages', 'apps', 'tooling'].flatMap((folder) => {
    const path = join(root, folder);
    if (!existsSync(path)) return [];
    return readdirSync(path)
      .sort()
      .map((name) => join(path, name))
      .filter((directory) => existsSync(join(directory, 'package.json')));
  });
}

/**
 * @param {string} name
 * @param {string} signature
 */
function isRemembered(name, signature) {
  const path = join(cacheDirectory, name);
  return existsSync(path) && readFileSync(path, 'utf8') === signature;
}

/**
 * @param {string} name
 * @param {string} signature
 */
function remember(name, signature) {
  mkdirSync(cacheDirectory, { recursive: true });
  writeFileSync(join(cacheDirectory, name), signature);
}

/** Changes with the lockfile and every package.json. */
function installSignature() {
  const hash = createHash('sha256').update(process.platform + process.arch);
  for (const directory of [root, ...packageDirectories()]) hash.update(readFileSync(join(directory, 'package.json')));
  for (const name of ['pnpm-lock.yaml', 'pnpm-workspace.yaml']) hash.update(readFileSync(join(root, name)));
  return hash.digest('hex');
}

export function isInstalled() {
  return existsSync(join(root, 'node_modules', '.modules.yaml')) && isRemembered('installed', installSignature());
}

/** Installs exactly what the lockfile says. */
export async function install() {
  const { code, output } = await run('pnpm', ['install', '--frozen-lockfile', '--reporter=append-only'], {
    env: await toolEnvironment(),
  });
  if (code !== 0) throw new SetupFailure('pnpm install', output);
  remember('installed', installSignature());
}

/** Changes with name, size or time of any source file, and when a dist folder comes or goes. */
function buildSignature() {
  const hash = createHash('sha256');
  /** @param {string} path */
  const add = (path) => {
    if (!existsSync(path)) return;
    const stats = statSync(path);
    if (stats.isDirectory()) for (const name of readdirSync(path).sort()) add(join(path, name));
    else hash.update(`${relative(root, path)} ${stats.size} ${stats.mtimeMs}\n`);
  };
  for (const directory of packageDirectories()) {
    if (dirname(directory) === join(root, 'tooling')) continue;
    for (const name of ['package.json', 'tsconfig.json', 'tsconfig.build.json', 'src']) add(join(directory, name));
    hash.update(`dist ${existsSync(join(directory, 'dist'))}\n`);
  }
  add(join(root, 'tsconfig.base.json'));
  return hash.digest('hex');
}

/** What `npm run hashee` starts. */
export const commandFile = join(root, 'apps', 'cli', 'dist', 'main.js');

/** @param {string} app folder of the app that is to be started; @param {string} file of it that starts */
export function isBuilt(app = 'cli', file = commandFile) {
  return existsSync(file) && isRemembered(`built-${app}`, buildSignature());
}

/**
 * Builds an app and the packages below it; turbo leaves out what hasn't changed.
 * @param {string} app its folder
 */
export async function build(app = 'cli') {
  const { code, output } = await run(
    'turbo',
    ['run', 'build', `--filter=@hashee/${app}...`, '--output-logs=errors-only'],
    {
      env: await toolEnvironment(),
    },
  );
  if (code !== 0) throw new SetupFailure('turbo run build', output);
  remember(`built-${app}`, buildSignature());
}
