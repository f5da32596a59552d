// `npm run check:release`: packs every published package, installs it into an empty project, by npm and
// by pnpm, with what its README says to install and nothing else, and runs the examples of the README there; on this Node, and on
// the newest that npm has.
// Arguments: names of packages to check, such as `core`; all without. `--resume` leaves out what passed in an earlier run with
// the same tarballs. Ends with the line `N passed, N failed`.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join, relative } from 'node:path';
import { readInstalls, shellBlocks } from './read-installs.mjs';
import * as workspace from './workspace.mjs';

const only = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const resume = process.argv.includes('--resume');
const passedFile = join(workspace.cacheDirectory, 'release-checked.json');
const folder = mkdtempSync(join(tmpdir(), 'hashee-check-'));
const total = { passed: 0, failed: 0 };

/**
 * @param {string} program
 * @param {readonly string[]} parameters
 * @param {string} cwd
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<workspace.Finished>}
 */
function runIn(program, parameters, cwd, env) {
  return new Promise((resolve) => {
    const child = spawn(program, parameters, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', (error) => resolve({ code: 127, output: error.message }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/**
 * @param {string} what
 * @param {() => Promise<workspace.Finished>} work
 */
async function check(what, work) {
  const started = performance.now();
  const { code, output } = await work();
  const seconds = `${((performance.now() - started) / 1000).toFixed(1)} s`;
  process.stdout.write(
    code === 0 ? `ok      ${what}, ${seconds}\n` : `FAILED  ${what}, ${seconds}\n${output.trimEnd()}\n`,
  );
  if (code === 0) total.passed++;
  else total.failed++;
  return code === 0;
}

/** @typedef {{ directory: string, manifest: any, readme: string, tarball: string }} Packed the README as it was packed */

/** @param {NodeJS.ProcessEnv} env @returns {Promise<Packed[]>} */
async function pack(env) {
  const members = workspace
    .packageDirectories()
    .filter(
      (directory) => dirname(directory) !== join(workspace.root, 'tooling') && existsSync(join(directory, 'README.md')),
    )
    .map((directory) => ({ directory, manifest: JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) }))
    .filter(({ manifest }) => manifest.private !== true);
  const packed = [];
  for (const { directory, manifest } of members) {
    const into = join(folder, 'tarballs', manifest.name.replace('/', '-'));
    mkdirSync(into, { recursive: true });
    const { code, output } = await runIn('pnpm', ['pack', '--pack-destination', into], directory, env);
    if (code !== 0) throw new workspace.SetupFailure(`pnpm pack of ${manifest.name}`, output);
    const readme = readFileSync(join(directory, 'README.md'), 'utf8');
    packed.push({ directory, manifest, readme, tarball: join(into, readdirSync(into)[0]) });
  }
  return packed;
}

/**
 * The package and those of ours that it needs. @param {readonly Packed[]} all @param {readonly string[]} names
 * @returns {Packed[]}
 */
function closure(all, names) {
  /** @type {Set<Packed>} */
  const found = new Set();
  /** @param {string} name */
  const visit = (name) => {
    const member = all.find(({ manifest }) => manifest.name === name);
    if (!member || found.has(member)) return;
    found.add(member);
    for (const dependency of Object.keys(member.manifest.dependencies ?? {})) visit(dependency);
  };
  for (const name of names) visit(name);
  return [...found];
}

/** The tarballs of a package and of those of ours that it needs, and the Nodes they are tried on. @param {readonly Packed[]} members @param {readonly [string, string][]} nodes */
function signatureOf(members, nodes) {
  const hash = createHash('sha256').update(JSON.stringify(nodes.map(([title]) => title)));
  for (const { tarball } of members) hash.update(createHash('sha256').update(readFileSync(tarball)).digest());
  return hash.digest('hex');
}

/** Examples of a README: blocks marked ts, and what they announce to print. @param {string} markdown */
const examplesOf = (markdown) =>
  [...markdown.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => ({
    code,
    prints: [...code.matchAll(/\/\/ → (.*)$/gm)].map(([, text]) => text.trimEnd()),
  }));

/** Node breaks long values into lines where the README has one. @param {string} text */
const inOneLine = (text) => text.trim().replace(/\s+/g, ' ');

/** @param {string} expected `…` stands for any text */
const pattern = (expected) =>
  new RegExp(
    `^${inOneLine(expected)
      .split('…')
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('[^]*')}$`,
  );

/**
 * An empty project with what the README of a package says to install, ours from tarballs, others in the workspace's versions.
 * @param {Packed} member @param {readonly Packed[]} all @param {string} project
 */
function makeProject(member, all, project) {
  const examples = examplesOf(member.readme);
  const named = readInstalls(shellBlocks(member.readme));
  const tarballs = Object.fromEntries(all.map(({ manifest, tarball }) => [manifest.name, `file:${tarball}`]));
  /** @type {Record<string, string>} */
  const versions = Object.assign(
    {},
    ...all.map(({ manifest }) => ({ ...manifest.devDependencies, ...manifest.dependencies })),
  );
  const dependencies = Object.fromEntries(named.map((name) => [name, tarballs[name] ?? versions[name]]));
  const overrides = Object.fromEntries(closure(all, named).map(({ manifest: { name } }) => [name, tarballs[name]]));
  mkdirSync(project, { recursive: true });
  const manifest = { private: true, type: 'module', dependencies, overrides, pnpm: { overrides } };
  writeFileSync(join(project, 'package.json'), JSON.stringify(manifest, undefined, 2));
  // Files that examples read as a reader in the package's folder would.
  for (const path of examples.flatMap(({ code }) => code.match(/'(?:\.\.\/[\w-]+\/)?test\/golden(?=[/'])/g) ?? [])) {
    const golden = path.slice(1);
    cpSync(join(member.directory, golden), join(project, golden), { recursive: true });
  }
  return examples;
}

/**
 * @param {string} node program @param {string} project @param {string} name
 * @param {readonly { code: string, prints: readonly string[] }[]} examples
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<workspace.Finished>}
 */
async function runExamples(node, project, name, examples, env) {
  const imported = await runIn(
    node,
    ['--input-type=module', '-e', `await import(${JSON.stringify(name)})`],
    project,
    env,
  );
  if (imported.code !== 0) return imported;
  const esbuild = await import(join(workspace.root, 'tooling/release/node_modules/esbuild/lib/main.js'));
  for (const [i, { code, prints }] of examples.entries()) {
    const file = join(project, `example-${i + 1}.mjs`);
    writeFileSync(file, (await esbuild.transform(code, { loader: 'ts', format: 'esm', target: 'es2022' })).code);
    const { code: exit, output } = await runIn(node, [file], project, env);
    // A value may print several lines, so all that is printed is compared at once.
    const right = prints.length === 0 || pattern(prints.join('\n')).test(inOneLine(output));
    if (exit !== 0 || !right)
      return { code: 1, output: `example ${i + 1}: expected ${JSON.stringify(prints)}, printed ${output}` };
  }
  return { code: 0, output: '' };
}

workspace.refuseOldNode();
try {
  if (!workspace.isInstalled()) await workspace.install();
  // No lifecycle scripts: onnxruntime-node would download libraries for GPUs.
  /** @type {NodeJS.ProcessEnv} */
  const env = {
    ...(await workspace.toolEnvironment()),
    npm_config_ignore_scripts: 'true',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
  };
  const built = await workspace.run(
    'turbo',
    ['run', 'build', '--filter=./packages/*', '--filter=@hashee/cli', '--output-logs=errors-only'],
    { env },
  );
  if (built.code !== 0) throw new workspace.SetupFailure('build', built.output);
  const all = await pack(env);
  /** @type {[string, string][]} */
  const nodes = [[`Node ${process.versions.node}`, process.execPath]];
  const newest = join(folder, 'newest');
  mkdirSync(newest);
  writeFileSync(join(newest, 'package.json'), '{ "private": true }');
  // The package `node` gets its program by an install script, so here scripts run.
  const got = await runIn('npm', ['install', 'node@latest', '--ignore-scripts=false'], newest, {
    ...env,
    npm_config_ignore_scripts: 'false',
  });
  const program = join(newest, 'node_modules', '.bin', 'node');
  const version = got.code === 0 ? await runIn(program, ['--version'], newest, env) : got;
  if (version.code === 0) nodes.push([`Node ${version.output.trim().slice(1)}`, program]);
  else process.stdout.write(`The newest Node can't be had here: ${version.output.trim().split('\n').pop()}\n`);

  /** @type {Record<string, string>} */
  const passed = resume && existsSync(passedFile) ? JSON.parse(readFileSync(passedFile, 'utf8')) : {};
  for (const member of all) {
    const { name } = member.manifest;
    if (only.length > 0 && !only.includes(name.split('/')[1])) continue;
    const signature = signatureOf(closure(all, [name]), nodes);
    if (passed[name] === signature) {
      process.stdout.write(`ok      ${name}: passed before with the same tarballs\n`);
      total.passed++;
      continue;
    }
    const failedBefore = total.failed;
    for (const manager of ['npm', 'pnpm']) {
      const project = join(folder, manager, basename(member.directory));
      const examples = makeProject(member, all, project);
      const parameters =
        manager === 'npm' ? ['install', '--no-package-lock'] : ['install', '--ignore-workspace', '--no-lockfile'];
      if (!(await check(`${name}: ${manager} install`, () => runIn(manager, parameters, project, env)))) continue;
      for (const [title, node] of manager === 'npm' ? nodes : nodes.slice(0, 1)) {
        const path = [dirname(node), env['PATH']].join(delimiter);
        const what = `${name}: import and ${examples.length} examples, ${manager}, ${title}`;
        await check(what, () => runExamples(node, project, name, examples, { ...env, PATH: path }));
        if (member.manifest.bin) {
          const command = join(project, 'node_modules', relative('.', name), Object.values(member.manifest.bin)[0]);
          await check(`${name}: its command, ${manager}, ${title}`, () =>
            runIn(node, [command, 'classify', 'A gripping film.'], project, env),
          );
        }
      }
      rmSync(project, { recursive: true, force: true });
    }
    if (total.failed > failedBefore) continue;
    passed[name] = signature;
    mkdirSync(workspace.cacheDirectory, { recursive: true });
    writeFileSync(passedFile, JSON.stringify(passed));
  }
} catch (error) {
  total.failed++;
  process.stdout.write(`FAILED  ${error instanceof Error ? error.message : error}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.stdout.write(`\n${total.passed} passed, ${total.failed} failed\n`);
process.exitCode = total.failed === 0 ? 0 : 1;
