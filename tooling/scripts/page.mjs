// `npm run page`: sets up what is missing, then builds the web page and serves it; `npm run page -- build <folder>` only builds.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as workspace from './workspace.mjs';

const command = join(workspace.root, 'apps/page/dist/site/main.js');
workspace.refuseOldNode();
try {
  if (!workspace.isInstalled()) await workspace.install();
  if (!workspace.isBuilt('page', command)) await workspace.build('page');
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
}

// npm runs scripts in the workspace; paths among the arguments are meant from where the user stands.
if (process.env.npm_lifecycle_event === 'page' && process.env.INIT_CWD) process.chdir(process.env.INIT_CWD);
await import(pathToFileURL(command).href);
