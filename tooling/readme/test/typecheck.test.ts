import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readExamples } from '../src/example.js';
import { typecheckExamples } from '../src/typecheck-examples.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const packages = ['packages', 'apps'].flatMap((folder) =>
  readdirSync(join(root, folder))
    .map((id) => `${folder}/${id}`)
    .filter((directory) => existsSync(join(root, directory, 'package.json'))),
);

test('the examples of every README are sound TypeScript', { timeout: 180_000 }, async () => {
  const examples = ['.', ...packages].flatMap((directory) => {
    const readme = directory === '.' ? 'README.md' : `${directory}/README.md`;
    if (!existsSync(join(root, readme))) return [];
    return readExamples(readFileSync(join(root, readme), 'utf8')).map((example) => ({ readme, example }));
  });
  expect(examples.length).toBeGreaterThan(0);
  expect(await typecheckExamples(root, packages, examples)).toEqual([]);
});

test('an example that uses what does not exist is found, with its line', { timeout: 180_000 }, async () => {
  const [example] = readExamples(
    "# One\n\n```ts\nimport { Random } from '@hashee/core';\nnew Random(1).gaussian();\n```\n",
  );
  const said = await typecheckExamples(root, packages, [{ readme: 'packages/core/README.md', example }]);
  expect(said).toHaveLength(1);
  expect(said[0]).toMatch(/packages\.core\.README\.md\.0\.ts\(5,.*gaussian/);
});
