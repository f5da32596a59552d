import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { rules } from '../src/rules/index.js';
import { readWorkspace } from '../src/workspace.js';

const workspace = readWorkspace(fileURLToPath(new URL('../../..', import.meta.url)));

test('the workspace is the one that the rules are about', () => {
  expect(workspace.paths).toContain('packages/core/src/index.ts');
  expect(workspace.paths.some((path) => path.includes('node_modules'))).toBe(false);
});

// The first rule that looks at code parses all of it.
test.each(rules.map((rule) => [rule.name, rule] as const))('%s', { timeout: 180_000 }, (_, rule) => {
  const places = rule.check(workspace).map(({ path, line, message }) => `${path}${line ? `:${line}` : ''} ${message}`);
  expect(places).toEqual([]);
});
