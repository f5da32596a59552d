import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { parseModule } from '../src/module.js';
import { isCode } from '../src/package.js';
import { rules } from '../src/rules/index.js';
import { readWorkspace } from '../src/workspace.js';

const workspace = readWorkspace(fileURLToPath(new URL('../../..', import.meta.url)));

// All at once would keep vitest from hearing of this worker for too long on a busy machine; rules find it remembered.
beforeAll(async () => {
  for (const path of workspace.paths.filter(isCode)) {
    parseModule(path, workspace.text(path) ?? '');
    await setImmediate();
  }
}, 300_000);

test('the workspace is the one that the rules are about', () => {
  expect(workspace.paths).toContain('packages/core/src/index.ts');
  expect(workspace.paths.some((path) => path.includes('node_modules'))).toBe(false);
});

test.each(rules.map((rule) => [rule.name, rule] as const))('%s', { timeout: 180_000 }, (_, rule) => {
  const places = rule.check(workspace).map(({ path, line, message }) => `${path}${line ? `:${line}` : ''} ${message}`);
  expect(places).toEqual([]);
});
