import { Changes, identifierOf, pathOf } from './new-file.mjs';

/** @param {string} name @param {string} identifier */
const source = (name, identifier) => `import { encoderOnly } from '../machinery/dense-model.js';
import { exitHeads, finalHead } from '../machinery/exit-heads.js';
import { exitMethod } from '../machinery/exit-method.js';
import { labelLoss } from '../machinery/losses.js';
import { trainStage } from '../machinery/train-stage.js';
import type { Method } from '../method.js';

/**
 * How it learns and when it leaves. As generated: all classifiers learn at once by the labels, and a sequence leaves where the
 * largest logit is further above the mean of all than the setting.
 */
export const ${identifier}: Method = exitMethod({
  name: '${name}',
  title: '${name}',
  source: 'its paper',
  tasks: ['sequence-classification'],
  stages: [{ name: 'joint' }],
  policy: {
    knob: 'distance',
    // From late to early.
    settings: () => [4, 2, 1, 0.5, 0],
    // Called once for each sequence, so that what is between can keep a state; then once for each classifier.
    begin: (distance) => (logits) => {
      const mean = logits.reduce((sum, logit) => sum + logit, 0) / logits.length;
      return Math.max(...logits) - mean > distance;
    },
  },
  async train(context) {
    const main = finalHead(context);
    const heads = [...exitHeads(main, context.model.config), main];
    return trainStage(context, {
      name: 'joint',
      model: encoderOnly(context.model),
      heads,
      losses: heads.map((head) => labelLoss(head)),
      judged: heads.map(({ name }) => name),
    });
  },
});
`;

/** @param {string} name @param {string} identifier */
const test = (name, identifier) => `import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { execute, methods, sweep } from '../src/index.js';
import { ${identifier} } from '../src/methods/${name}.js';
import { smallContext, smallTexts } from './small-task.js';

const root = mkdtempSync(join(tmpdir(), 'hashee-method-'));
afterAll(() => rmSync(root, { recursive: true }));

describe('${name}', () => {
  it('is one of the methods', () => {
    expect(methods['${name}']).toBe(${identifier});
  });

  // The worked numbers of its paper belong here, as another test.

  it('trains; a smaller setting leaves earlier and executes less', async () => {
    const context = smallContext(root);
    const runner = await ${identifier}.open(await ${identifier}.train(context), context.backend);
    const texts = smallTexts(20, 7, 'sequence-classification');
    const points = await sweep(runner, texts);
    expect(points.map(({ setting }) => setting)).toEqual([4, 2, 1, 0.5, 0]);
    const exits = points.map(({ meanExit }) => meanExit);
    expect(exits).toEqual(exits.toSorted((a, b) => b - a));
    expect(exits.at(-1)).toBe(1);
    const { macs } = await execute(runner, texts, 1);
    expect(macs).toBe(points[2].macs);
    await runner.dispose();
  });
});
`;

/**
 * Writes a method that trains and runs, its test, and its entry among the methods.
 * @param {string} root of the workspace
 * @param {string} name such as \`margin-exit\`
 * @returns {import('./new-file.mjs').Generated}
 */
export function newMethod(root, name) {
  const identifier = identifierOf(name, 'method');
  const changes = new Changes(root);
  const folder = 'packages/baselines';
  changes.add(`${folder}/src/methods/${name}.ts`, source(name, identifier));
  changes.add(`${folder}/test/${name}.test.ts`, test(name, identifier));
  const registry = `${folder}/src/methods.ts`;
  changes.insertSorted(registry, /^import \{/, `import { ${identifier} } from './methods/${name}.js';`, pathOf);
  changes.insertBefore(registry, '  ].map((method)', `    ${identifier},\n`);
  const index = `${folder}/src/index.ts`;
  changes.insertSorted(index, /^export .*'\.\/methods\/.*'/, `export * from './methods/${name}.js';`, pathOf);
  return {
    written: changes.write(),
    next: [
      `Write the recipe and the policy in ${folder}/src/methods/${name}.ts; title and source too.`,
      `Add the worked numbers of its paper to ${folder}/test/${name}.test.ts, and run them: cd ${folder} && npx vitest run test/${name}.test.ts`,
      `Add "${name}" to apps/compare/grids/elue-6l.json: the comparison has every method, and a test says so.`,
      'Write a changeset: npx --yes pnpm@10.34.9 changeset',
    ],
  };
}
