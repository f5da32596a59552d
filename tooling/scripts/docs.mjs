// `npm run docs`: sets up what is missing, then makes the API reference.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as workspace from './workspace.mjs';

workspace.refuseOldNode();
if (!workspace.isInstalled()) await workspace.install();
await import(pathToFileURL(join(workspace.root, 'tooling', 'api-docs', 'make.mjs')).href);
