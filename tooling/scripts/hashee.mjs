// `npm run -s hashee -- <arguments>`: sets up what is missing, then is the hashee command itself.
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import * as workspace from './workspace.mjs';

/**
 * Progress goes to stderr, so that stdout carries the command's results and nothing else.
 * @param {string} what
 * @param {() => Promise<void>} work
 */
async function step(what, work) {
  const started = performance.now();
  process.stderr.write(`hashee set-up: ${what} ...`);
  await work();
  process.stderr.write(` ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
}

workspace.refuseOldNode();
try {
  if (!workspace.isInstalled()) await step('installing packages', workspace.install);
  if (!workspace.isBuilt()) await step('building', workspace.build);
} catch (error) {
  process.stderr.write(` failed.\n${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
}
if (!existsSync(workspace.commandFile)) {
  process.stderr.write('hashee set-up: the build made no apps/cli/dist/main.js.\n');
  process.exit(1);
}

// npm runs scripts in the workspace; paths among the arguments are meant from where the user stands.
if (process.env.npm_lifecycle_event === 'hashee' && process.env.INIT_CWD) process.chdir(process.env.INIT_CWD);
// In this same process: stdin, stdout, signals and the exit code are the command's own.
process.argv[1] = workspace.commandFile;
await import(pathToFileURL(workspace.commandFile).href);
