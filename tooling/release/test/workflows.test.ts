import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

interface Workflow {
  readonly permissions: Record<string, string>;
  readonly jobs: Record<
    string,
    {
      readonly permissions?: Record<string, string>;
      readonly 'timeout-minutes'?: number;
      readonly steps: readonly {
        uses?: string;
        run?: string;
        env?: Record<string, string>;
        with?: Record<string, string>;
      }[];
    }
  >;
}

const root = fileURLToPath(new URL('../../..', import.meta.url));
const folder = join(root, '.github', 'workflows');
const workflows = readdirSync(folder).map(
  (name) => [name, parse(readFileSync(join(folder, name), 'utf8')) as Workflow] as const,
);
const scripts = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts as Record<string, string>;

test.each(workflows)(
  '%s runs only scripts that exist, and may read only unless a job says otherwise',
  (_, workflow) => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
    for (const { steps } of Object.values(workflow.jobs)) {
      const commands = steps.flatMap(({ run, with: given = {} }) => [run, given['version'], given['publish']]);
      for (const command of commands) {
        const script = /^npm run (\S+)/.exec(command ?? '')?.[1];
        if (script) expect(Object.keys(scripts)).toContain(script);
      }
    }
  },
);

test('the release publishes with provenance, by changesets, after all checks', () => {
  const { release } = new Map(workflows).get('release.yml')!.jobs;
  expect(release.permissions?.['id-token']).toBe('write');
  const index = release.steps.findIndex(({ uses }) => uses?.startsWith('changesets/action@'));
  expect(release.steps[index].env?.['NPM_CONFIG_PROVENANCE']).toBe('true');
  const before = release.steps.slice(0, index).map(({ run }) => run);
  expect(before).toContain('.ci/run');
  expect(before).toContain('npm run check:release');
});
