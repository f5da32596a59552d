// `pnpm new:method <name>`, `pnpm new:hash <name>`: write the file, its test and its entry.
import { GeneratorError } from '../generators/src/new-file.mjs';
import { newHash } from '../generators/src/new-hash.mjs';
import { newMethod } from '../generators/src/new-method.mjs';
import { root } from './workspace.mjs';

const [kind, name, ...rest] = process.argv.slice(2);
const generators = new Map([
  ['method', newMethod],
  ['hash', newHash],
]);
const generate = generators.get(kind);
if (!generate || !name || rest.length > 0) {
  process.stderr.write('Usage: pnpm new:method <name>, or pnpm new:hash <name>; a name such as word-length\n');
  process.exit(2);
}
try {
  const { written, next } = generate(root, name);
  process.stdout.write(
    `Written:\n${written.map((path) => `  ${path}\n`).join('')}Next:\n${next.map((step, i) => `  ${i + 1}. ${step}\n`).join('')}`,
  );
} catch (error) {
  if (!(error instanceof GeneratorError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(2);
}
