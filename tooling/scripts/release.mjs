// `npm run release:version`: turns the changesets into versions and changelogs, and brings the lockfile along.
// `npm run release:publish`: builds, and publishes what has a version that the registry doesn't know.
// Both are for .github/workflows/release.yml; CONTRIBUTING.md has the way of a release.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import * as workspace from './workspace.mjs';

/**
 * @param {string} program
 * @param {readonly string[]} parameters
 */
async function tool(program, parameters) {
  const { code } = await workspace.run(program, parameters, { env: await workspace.toolEnvironment(), show: true });
  if (code !== 0) process.exit(code);
}

/**
 * npm accepts a provenance only where the package names the repository that its workflow runs in. A fork or a
 * renamed repository publishes under its own name, so the name comes from the workflow and stands in no file.
 * @param {string} repository such as `owner/name`
 */
function nameRepository(repository) {
  for (const directory of workspace.packageDirectories()) {
    if (dirname(directory) === join(workspace.root, 'tooling')) continue;
    const file = join(directory, 'package.json');
    const manifest = JSON.parse(readFileSync(file, 'utf8'));
    if (manifest.private) continue;
    manifest.repository = {
      type: 'git',
      url: `git+https://github.com/${repository}.git`,
      directory: relative(workspace.root, directory).replaceAll('\\', '/'),
    };
    writeFileSync(file, `${JSON.stringify(manifest, undefined, 2)}\n`);
  }
}

const step = process.argv[2];
workspace.refuseOldNode();
if (!workspace.isInstalled()) await workspace.install();
if (step === 'version') {
  await tool('changeset', ['version']);
  await tool('pnpm', ['install', '--lockfile-only', '--no-frozen-lockfile']);
} else if (step === 'publish') {
  const repository = process.env.GITHUB_REPOSITORY;
  if (!repository) {
    process.stderr.write('GITHUB_REPOSITORY is not set: releases are published by .github/workflows/release.yml.\n');
    process.exit(2);
  }
  nameRepository(repository);
  await tool('turbo', ['run', 'build', 'check:package', '--filter=!{./tooling/*}', '--output-logs=errors-only']);
  await tool('changeset', ['publish']);
} else {
  process.stderr.write('Usage: node tooling/scripts/release.mjs version | publish\n');
  process.exit(2);
}
