import { readdirSync, readFileSync } from 'node:fs';
import { methods } from '@hashee/baselines';
import { pairsForInterval } from '@hashee/eval';
import { describe, expect, test } from 'vitest';
import { gridJsonSchema, parseGrid } from '../src/index.js';
import { planCells } from '../src/plan/plan-cells.js';

const smallest = {
  format: 'hashee-grid',
  version: 1,
  title: 'a',
  encoder: 'e',
  tasks: ['sst-2'],
  methods: ['dense'],
  seeds: [1],
};
const one = (name: string, more: object): object => ({ methods: [{ name, ...more }] });
const read = (name: string) => parseGrid(JSON.parse(readFileSync(`grids/${name}`, 'utf8')), name);

describe('grids', () => {
  test('fill in what they leave out', () => {
    const grid = parseGrid(smallest);
    expect(grid.targets).toEqual([2, 3, 4]);
    expect(grid.tasks).toEqual([{ name: 'sst-2' }]);
    expect(grid.latency).toBeUndefined();
  });

  test.each([
    [{ surprise: 1 }, /surprise/],
    [{ methods: ['no-such'] }, /methods\.0\.name/],
    [{ methods: ['dense', 'dense'] }, /each method once/],
    [{ tasks: [{ name: 'sst-2', maxLength: 1e9 }] }, /tasks\.0\.maxLength/],
    [{ targets: [0.5] }, /targets\.0/],
    [{ recipe: { epochs: -1 } }, /recipe\.epochs/],
    [{ version: 2 }, /version/],
    [
      one('fastbert', { stages: { 'self-distilation': {} } }),
      /methods\.0\.stages\.self-distilation: .* it has self-distillation\./,
    ],
    [one('hashee-frequency', { stages: { 'exits-5': {} } }), /stages\.exits-5: .* exits, exits-2, exits-3, exits-4\./],
    [one('hashee-frequency', { stages: { 'exits-2': {} }, targets: [3] }), /stages\.exits-2: .* exits, exits-3\./],
    [one('deebert', { stages: { dense: {} } }), /stages\.dense: .* give this to the method "dense"/],
    [
      one('hashee-frequency-moved', { stages: { move: { epochs: 2, dropout: 0 } } }),
      /stages\.move\.dropout: .* no use/,
    ],
    [one('theseus', { stages: { replacing: { patience: 2 } } }), /stages\.replacing\.patience/],
    [one('head-pruning', { recipe: { epochs: 2 } }), /methods\.0\.recipe: .*"dense"/],
  ])('are refused with the place that is wrong: %j', (change, message) => {
    expect(() => parseGrid({ ...smallest, ...change })).toThrow(message);
  });

  test('name stages that there are, for all targets or for one', () => {
    const stages = { move: { epochs: 2, accumulation: 2 }, exits: { epochs: 3 }, 'exits-4': { epochs: 4 } };
    const cells = planCells(parseGrid({ ...smallest, ...one('hashee-frequency-moved', { stages }), targets: [2, 4] }));
    const { 'exits-4': _other, ...without } = stages;
    expect(cells.map((cell) => cell.stages)).toEqual([without, stages]);
    for (const method of Object.values(methods)) {
      const named = Object.fromEntries(
        method.stages!.filter(({ name }) => name !== 'dense').map(({ name }) => [name, {}]),
      );
      expect(() => parseGrid({ ...smallest, ...one(method.name, { stages: named }) }), method.name).not.toThrow();
    }
  });

  test('plan each method once a seed, or once a speed-up, where it fits the task', () => {
    const ids = planCells(
      parseGrid({
        ...smallest,
        tasks: ['sst-2', 'sts-b'],
        methods: ['deebert', 'first-layers', 'dense'],
        targets: [2, 4],
      }),
    ).map(({ id }) => id);
    expect(ids).toEqual([
      'sst-2.dense.seed-1',
      'sst-2.deebert.seed-1',
      'sst-2.first-layers.2x.seed-1',
      'sst-2.first-layers.4x.seed-1',
      'sts-b.dense.seed-1',
      'sts-b.first-layers.2x.seed-1',
      'sts-b.first-layers.4x.seed-1',
    ]);
  });

  test('are made in the order they ask for, what it leaves out last', () => {
    const ids = planCells(
      parseGrid({
        ...smallest,
        methods: ['first-layers', 'dense', 'deebert'],
        seeds: [1, 2],
        targets: [2, 4],
        order: [
          { seeds: [2], methods: ['first-layers', 'dense'], targets: [4] },
          { methods: ['first-layers', 'dense'] },
        ],
      }),
    ).map(({ id }) => id.replace('sst-2.', ''));
    expect(ids).toEqual([
      'dense.seed-2',
      'first-layers.4x.seed-2',
      'dense.seed-1',
      'first-layers.2x.seed-1',
      'first-layers.4x.seed-1',
      'first-layers.2x.seed-2',
      'deebert.seed-1',
      'deebert.seed-2',
    ]);
  });

  test('time what they name', () => {
    const timed = planCells(
      parseGrid({
        ...smallest,
        tasks: ['sst-2', 'mrpc'],
        methods: ['first-layers', 'dense', 'deebert', 'pabee'],
        seeds: [1, 2],
        targets: [2, 4],
        latency: { tasks: ['sst-2'], methods: ['dense', 'first-layers', 'deebert'], targets: [4] },
      }),
    ).flatMap(({ id, timed }) => (timed.length > 0 ? [`${id} ${timed}`] : []));
    expect(timed).toEqual(['sst-2.dense.seed-1 1', 'sst-2.first-layers.4x.seed-1 4', 'sst-2.deebert.seed-1 4']);
  });

  test('of this folder are sound; the real one has every method on the six tasks of ELUE', () => {
    for (const name of readdirSync('grids')) expect(planCells(read(name)).length).toBeGreaterThan(0);
    const grid = read('elue-6l.json');
    expect(grid.tasks.map(({ name }) => name)).toEqual(['sst-2', 'mrpc', 'sts-b', 'snli', 'scitail', 'imdb']);
    expect(grid.methods.map(({ name }) => name).sort()).toEqual(Object.keys(methods).sort());
    expect(grid.seeds).toHaveLength(3);
  });

  test('of this folder that time something new do so in pairs enough for an interval at every batch size', () => {
    const { sequences, rounds, batchSizes } = read('elue-6l.json').latency!;
    // A turn of large batches is two of them.
    for (const batchSize of batchSizes)
      expect(rounds * Math.max(1, Math.floor(sequences / batchSize / 2))).toBeGreaterThanOrEqual(pairsForInterval());
  });

  test('of this folder read 256 tokens of a review', () => {
    for (const name of ['elue-6l.json', 'elue-6l-2000.json', 'elue-6l-small.json'])
      expect(read(name).tasks.find((task) => task.name === 'imdb')?.maxLength, name).toBe(256);
  });

  test('have a JSON Schema', () => {
    expect(gridJsonSchema()).toMatchObject({ type: 'object', additionalProperties: false });
  });
});
