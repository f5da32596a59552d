// `npm run -s bench -- <arguments>`: sets up what is missing, then is the hashee-bench command itself.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as workspace from './workspace.mjs';

const command = join(workspace.root, 'apps/bench/dist/main.js');
workspace.refuseOldNode();
try {
  if (!workspace.isInstalled()) await workspace.install();
  if (!workspace.isBuilt('bench', command)) await workspace.build('bench');
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
}

// npm runs scripts in the workspace; paths among the arguments are meant from where the user stands.
if (process.env.npm_lifecycle_event === 'bench' && process.env.INIT_CWD) process.chdir(process.env.INIT_CWD);
process.argv[1] = command;
await import(pathToFileURL(command).href);
