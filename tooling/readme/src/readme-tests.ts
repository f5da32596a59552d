import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Plugin, transformWithOxc } from 'vite';
import type {} from 'vitest/config';
import { type Example, readExamples } from './example.js';

const checkExample: string = fileURLToPath(new URL('./check-example.ts', import.meta.url));
const query = '?example=';

const examplesOf = (readme: string): Example[] => readExamples(readFileSync(readme, 'utf8'));

/**
 * Vitest plugin: where a project's README.md has `ts` examples, it is a test file, and each example a test.
 * An example imports packages as a reader would, and runs on their sources.
 */
export function readmeTests(): Plugin {
  return {
    name: 'readme-tests',
    enforce: 'pre',
    config(config) {
      const readme = join(config.root ?? process.cwd(), 'README.md');
      if (!existsSync(readme) || !examplesOf(readme).some(({ runs }) => runs)) return undefined;
      return { test: { include: ['README.md'] } };
    },
    async load(id) {
      const [path, index] = id.split(query);
      if (!path.endsWith('/README.md')) return undefined;
      const examples = examplesOf(path);
      if (index !== undefined) {
        const { code, line } = examples[Number(index)];
        // Empty lines in front: errors then name the line of the README.
        return transformWithOxc('\n'.repeat(line - 1) + code, `${path}.ts`, { sourcemap: true });
      }
      const tests = examples.flatMap(({ runs, title, prints }, i) => {
        if (!runs) return [];
        const [name, module, lines] = [title, path + query + i, prints].map((value) => JSON.stringify(value));
        return `test(${name}, () => checkExample(() => import(${module}), ${lines}));`;
      });
      return [
        "import { test } from 'vitest';",
        `import { checkExample } from ${JSON.stringify(checkExample)};`,
        ...tests,
      ].join('\n');
    },
  };
}
