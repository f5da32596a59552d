import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { parseGrid } from '../src/index.js';
import { planCells } from '../src/plan/plan-cells.js';
import { RESULT_VERSION } from '../src/results/cell-result.js';
import { digestEncoder } from '../src/run/digest-encoder.js';
import { Workshop } from '../src/run/workshop.js';
import { writeEncoderFolder } from './encoder-folder.js';
import { writeTaskFiles } from './task-files.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = await temporaryFolder();
const [encoder, data] = ['encoder', 'data'].map((name) => join(folder, name));
beforeAll(async () => {
  await writeEncoderFolder(encoder);
  await writeTaskFiles(data);
});

const base = {
  ...{ format: 'hashee-grid', version: 1, title: 'a', encoder: 'encoder', tasks: ['sst-2'], seeds: [1], targets: [2] },
  methods: ['dense', 'deebert', 'head-pruning', 'hashee-frequency-moved', 'hashee-frequency', 'pabee', 'cascadebert'],
  recipe: { epochs: 2 },
};
type Marks = Record<string, readonly [fingerprint: string, directory: string]>;

function workshopOf(changes: object): Workshop {
  const grid = parseGrid({ ...base, ...changes });
  return new Workshop({ file: { path: join(folder, 'grid.json'), folder, grid }, data, work: 'work' });
}

/** Fingerprint and folder of each cell, by method. */
async function marksOf(changes: object): Promise<Marks> {
  const workshop = workshopOf(changes);
  const marks: Marks = {};
  for (const cell of planCells(workshop.grid))
    marks[cell.method.name] = [await workshop.fingerprint(cell), await workshop.directory(cell)];
  return marks;
}

async function changed(before: object, after: object): Promise<string[]> {
  const [was, is] = [await marksOf(before), await marksOf(after)];
  return Object.keys(was).filter((name) => {
    const differ = was[name].map((mark, i) => mark !== is[name][i]);
    expect(differ[0], name).toBe(differ[1]);
    return differ[0];
  });
}

const TAUGHT = ['dense', 'deebert', 'head-pruning', 'hashee-frequency-moved', 'cascadebert'];
const [, ...others] = base.methods;

test('cells of methods that begin with the dense model are other ones where that is trained otherwise', async () => {
  const own = { methods: [{ name: 'dense', recipe: { epochs: 6 } }, ...others] };
  expect(await changed({}, own)).toEqual(TAUGHT);
  const stages = { methods: [{ name: 'dense', stages: { dense: { epochs: 6 } } }, ...others] };
  expect(await changed({}, stages)).toEqual(TAUGHT);
  const more = { methods: [{ name: 'dense', recipe: { epochs: 7 } }, ...others] };
  expect(await changed(own, more)).toEqual(TAUGHT);
});

test('so they are where the recipe is overridden that the dense model is trained by', async () => {
  const methods = base.methods.map((name) => (name === 'head-pruning' ? name : { name, recipe: { epochs: 3 } }));
  const [, ...rest] = methods;
  const before = { methods: ['dense', ...rest] };
  const after = { ...before, recipe: { epochs: 4 } };
  expect(await changed(before, after)).toEqual(TAUGHT);
});

test('a found dense model stands for its training', async () => {
  await mkdir(join(folder, 'tuned'), { recursive: true });
  await writeFile(join(folder, 'tuned', 'config.json'), '{}');
  const tasks = [{ name: 'sst-2', dense: { 1: 'tuned' } }];
  const methods = [{ name: 'dense', recipe: { epochs: 6 } }, ...others];
  expect(await changed({ tasks }, { tasks, methods })).toEqual(['dense']);
});

test('fingerprints are what they were wherever the dense model has no recipe of its own', async () => {
  const digest = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');
  const exits = { name: 'deebert', stages: { exits: { learningRate: 2e-3 } } };
  const workshop = workshopOf({ methods: [...base.methods.filter((name) => name !== 'deebert'), exits] });
  const cells = planCells(workshop.grid);
  expect(cells).toHaveLength(base.methods.length);
  for (const cell of cells) {
    const { digest: texts } = await workshop.texts(cell);
    const { method, recipe, stages, seed, targets, sentences } = cell;
    const ingredients = {
      encoder: await digestEncoder(encoder),
      data: texts,
      recipeName: method.name,
      recipe,
      stages,
      seed,
    };
    const measured = { targets, sentences, latency: null, single: { sequences: 512 } };
    expect(await workshop.fingerprint(cell), cell.id).toBe(digest([RESULT_VERSION, ingredients, measured]));
  }
  expect(cells.find(({ method }) => method.name === 'deebert')?.stages).toEqual(exits.stages);
});
