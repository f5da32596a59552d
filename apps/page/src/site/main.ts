import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSite } from './build-site.js';
import { serveSite } from './serve-site.js';

// `node main.js build [folder]` or `node main.js serve [port]`, which builds first.
const [command = 'serve', parameter] = process.argv.slice(2);
const folder = join(fileURLToPath(new URL('../..', import.meta.url)), 'node_modules/.cache/www');
if (command === 'build') {
  const output = parameter === undefined ? folder : resolve(parameter);
  await buildSite(output, { verbose: true });
  process.stdout.write(`The page is in ${output}\n`);
} else if (command === 'serve') {
  await buildSite(folder);
  const { url } = await serveSite(folder, Number(parameter ?? 4173));
  process.stdout.write(`The page is at ${url}\n`);
} else {
  process.stderr.write(`Expected build or serve, got ${command}.\n`);
  process.exitCode = 2;
}
