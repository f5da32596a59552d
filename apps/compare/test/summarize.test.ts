import { describe, expect, test } from 'vitest';
import { parseComparison, summarize } from '../src/index.js';
import { againstText } from '../src/results/against-text.js';
import { markdownSummary } from '../src/results/markdown.js';
import { missingText } from '../src/results/missing.js';
import { cellOf, comparisonOf, exampleCells } from './cell.js';

const summary = summarize(parseComparison(JSON.parse(JSON.stringify(comparisonOf(exampleCells()))), 'test'));
const [task] = summary.tasks;
const row = (method: string) => task.rows.find((each) => each.method === method)!;

describe('summarize', () => {
  test('has means and spreads over seeds, and what is missing', () => {
    expect(summary.targets).toEqual([2, 3]);
    expect(summary.seeds).toEqual([1, 2]);
    expect(summary.missing).toEqual(['sst-2.pabee.seed-1']);
    const { score, speedup, singleSpeedup } = row('hashee-frequency').cells[0];
    expect(score?.mean).toBeCloseTo(0.88, 12);
    // Sample standard deviation of 0.882 and 0.878.
    expect(score?.standardDeviation).toBeCloseTo(0.004 / Math.SQRT2, 12);
    expect([score?.count, speedup, singleSpeedup]).toEqual([2, 2, 2.2]);
    expect(row('deebert').cells[1]).toEqual({ target: 3, tooSlow: [1, 2], fastest: 2.5 });
    expect(row('deebert').slowest?.mean).toBeCloseTo(0.92, 12);
  });

  test('scores against the first k layers as ELUE does', () => {
    // Means of the baseline's lines at the cost 1/2, 1/3: 84 and 80 + 4·(1/3 - 1/4)/(1/4) points; HashEE has 88 and 86.
    const atThird = 80 + 4 * ((1 / 3 - 1 / 4) / (1 / 4));
    expect(row('hashee-frequency').elue).toBeCloseTo((88 - 84 + 86 - atThird) / 2, 0);
    expect(Math.abs(row('first-layers').elue ?? 1)).toBeLessThan(0.3);
    expect(markdownSummary(summary)).toMatch(/one by one \|\s+ELUE \|/);
  });

  test('has no ELUE score where the first k layers are fewer than half of a curve, and says why', () => {
    const few = summarize(comparisonOf(exampleCells().filter(({ id }) => !/first-layers\.2x/.test(id))));
    expect(few.tasks[0].rows.every(({ elue }) => elue === undefined)).toBe(true);
    const markdown = markdownSummary(few);
    expect(markdown).toContain('k = 1 to 6, of which there is k = 2, 6 only.');
    expect(markdown).not.toContain(' ELUE |');
    const none = summarize(comparisonOf(exampleCells().filter(({ family }) => family === 'exit')));
    expect(none.tasks[0].elueReason).toContain('of which there is no point.');
  });

  test('says who wins and who loses, and what is too slow', () => {
    const text = task.findings.join('\n');
    expect(text).toContain('At 2x hashee-frequency (88.0 ± 0.3) is ahead of first-layers; behind deebert.');
    expect(text).toContain('At 3x hashee-frequency (86.0 ± 0.3) is not comparable: first-layers is faster (4.0x).');
    expect(text).toContain('Too slow for 3x: deebert.');
    // HashEE at batch 8: 2·0.58 = 1.16 against 2.1·0.78; at batch 64: 2·1.14 against 2.1·0.64. All intervals are from 1 to 5.
    expect(text).toContain(
      'By the clock at 2x hashee-frequency (counted 2.00x) is ahead of deebert (counted 2.10x) from batches of 64 sequences on, by medians alone.',
    );
    expect(text).toContain('is ahead of deebert, whose fastest setting counts 2.50x, from batches of');
  });

  test('merges what several seeds took by the clock', () => {
    expect(task.clocks.map(({ method, target }) => `${method} ${target}`).sort()).toEqual([
      'deebert 2',
      'deebert 3',
      'first-layers 2',
      'first-layers 3',
      'hashee-frequency 2',
      'hashee-frequency 3',
    ]);
    // Its fastest setting.
    expect(task.clocks.find(({ method, target }) => method === 'deebert' && target === 3)?.reached).toBe(false);
    expect(task.clocks.find(({ method }) => method === 'deebert')?.points[0].speedup.median).toBeCloseTo(
      2.1 * 0.7975,
      9,
    );
  });

  test('has no intervals of fewer than six pairs, as old results have them, and says how many pairs there are', () => {
    const cells = (pairs: number) => [
      cellOf('dense', 1, [{ target: 1, quality: 0.9, speedup: 1 }]),
      cellOf('hashee-frequency', 1, [{ target: 2, quality: 0.8, speedup: 2, pairs }]),
      cellOf('first-layers', 1, [{ target: 2, quality: 0.8, speedup: 2, pairs: 6 }]),
    ];
    const shown = (pairs: number) => markdownSummary(summarize(comparisonOf(cells(pairs))));
    expect(shown(6)).toMatch(/\| +batch 1, 6 pairs +\|/);
    expect(shown(6)).toMatch(/\| hashee-frequency +\| +2x +\| +2\.00x +\| +1\.02 \(1\.00-5\.00\) +\|/);
    expect(shown(3)).toMatch(/\| +batch 1, 3 to 6 pairs +\|/);
    expect(shown(3)).toMatch(/\| hashee-frequency +\| +2x +\| +2\.00x +\| +1\.02 +\|/);
    const clocks = [1, 2].flatMap((seed) => [
      cellOf('first-layers', seed, [{ target: 2, quality: 0.8, speedup: 2, pairs: seed === 1 ? 12 : 3 }]),
    ]);
    const [merged] = summarize(comparisonOf(clocks)).tasks[0].clocks;
    expect(merged.points[0].speedup).toEqual({ median: expect.closeTo(2 * 0.7975, 9), pairs: 3 });
    // Results without ends are read as well.
    const [cell] = clocks;
    const speedup = { median: 1.5, level: 0.95, pairs: 3 };
    const latency = cell.chosen[0].latency!.map((row) => ({ ...row, speedup }));
    const comparison = { ...comparisonOf([{ ...cell, chosen: [{ ...cell.chosen[0], latency }] }]) };
    expect(summarize(parseComparison(comparison, 'test')).tasks[0].clocks[0].points[0].speedup).toEqual({
      median: 1.5,
      pairs: 3,
    });
  });

  test('says what is missing, seed by seed', () => {
    const planned = [1, 2].flatMap((seed) => [
      ...['sst-2', 'mrpc', 'snli'].flatMap((task) => [`${task}.deebert.seed-${seed}`, `${task}.pabee.seed-${seed}`]),
      ...[2, 4].map((target) => `sst-2.first-layers.${target}x.seed-${seed}`),
    ]);
    const missing = planned.filter((id) => id !== 'sst-2.deebert.seed-1');
    expect(missingText(planned, missing)).toEqual([
      'Seed 1: pabee on sst-2, mrpc, snli; deebert on mrpc, snli; first-layers at 2x, 4x on sst-2.',
      'Seed 2: everything.',
    ]);
    expect(missingText(planned, [])).toEqual([]);
    expect(markdownSummary(summary)).toContain('Missing:\n\n- Seed 1: pabee on sst-2.');
  });

  test('marks the points that no other beats', () => {
    const points = task.curves.find(({ method }) => method === 'deebert')!.points;
    expect(points.map(({ front }) => front)).toEqual([true, true]);
    expect(points[0].high).toBeGreaterThan(points[0].quality);
  });

  describe('what misses the target', () => {
    const dense = [1, 2, 3].map((seed) => cellOf('dense', seed, [{ target: 1, quality: 0.9, speedup: 1 }]));
    const hash = (seed: number, quality: number, speedup: number) =>
      cellOf('hashee-frequency', seed, [{ target: 4, quality, speedup, reached: speedup >= 3.92 }]);
    const deebert = (seed: number, quality: number, speedup: number) =>
      cellOf('deebert', seed, [{ target: 4, quality, speedup, reached: speedup >= 3.92 }], {
        ...{ knob: 'threshold', id: `sst-2.deebert.seed-${seed}` },
      });

    test('is no score at that speed-up, for hashes neither', () => {
      const missed = summarize(comparisonOf([...dense, hash(1, 0.75, 3.59)]));
      expect(missed.tasks[0].hashes).toMatchObject([{ target: 4, reached: false, tooSlow: 1, speedup: 3.59 }]);
      const markdown = markdownSummary(missed);
      expect(markdown).toMatch(/\| hashee-frequency \| 4x, not reached \| 75\.0 \(1 of 3 seeds\) \| +3\.59x \|/);
      expect(markdown).toMatch(/\| hashee-frequency +\| +\| too slow \(3\.59x; 1 of 3 seeds\) \|/);
      expect(markdown).toContain('- Too slow for 4x: hashee-frequency.');
    });

    test('leaves the seeds that get there, and says how many', () => {
      const cells = [
        ...dense,
        ...[hash(1, 0.75, 3.59), hash(2, 0.7, 4.1), hash(3, 0.72, 4)],
        ...[deebert(1, 0.6, 4), deebert(2, 0.9, 3)],
      ];
      const some = summarize(comparisonOf(cells));
      const markdown = markdownSummary(some);
      expect(markdown).toContain('| 71.0 ± 1.4 (4.05x; 2 of 3 seeds, 1 too slow) |');
      expect(markdown).toMatch(/\| +60\.0 \(4\.00x; 1 of 3 seeds, 1 too slow\) \|/);
      expect(markdown).toContain('| 71.0 ± 1.4 (2 of 3 seeds) |');
      expect(some.tasks[0].hashes).toMatchObject([{ reached: true, tooSlow: 1, speedup: 4.05, score: { count: 2 } }]);
      expect(some.tasks[0].findings[0]).toBe(
        'At 4x hashee-frequency (71.0 ± 1.4; 2 of 3 seeds are fast enough) is level with deebert (1 of 2 seeds are fast enough).',
      );
    });
  });

  test('says how many sequences were answered one by one', () => {
    expect(markdownSummary(summary)).toContain('in batches of one, over 100 of the 1000 sequences of dev.');
    const [first, ...rest] = exampleCells();
    const other = {
      ...first,
      chosen: first.chosen.map((each) => ({ ...each, single: { ...each.single, sequences: 48 } })),
    };
    expect(markdownSummary(summarize(comparisonOf([other, ...rest])))).toContain('over 48 or 100 of the 1000');
  });

  describe('curves of several seeds', () => {
    const seed = (number: number, points: [setting: number, speedup: number, quality: number][]) => ({
      ...cellOf('deebert', number, [{ target: 2, quality: 0.8, speedup: 2 }], { knob: 'threshold' }),
      curve: points.map(([setting, speedup, quality]) => ({
        ...{ setting, speedup, quality },
        metrics: { accuracy: quality },
        meanExit: 6 / speedup,
      })),
    });
    const one = seed(1, [
      [0.101, 1, 0.9],
      [0.252, 2, 0.8],
      [0.31, 4, 0.6],
    ]);
    const other = seed(2, [
      [0.099, 1, 0.7],
      [0.261, 3, 0.5],
    ]);
    const pointsOf = (...cells: (typeof one)[]) => summarize(comparisonOf(cells)).tasks[0].curves[0].points;

    test('are means at the same speed-ups where each seed has thresholds of its own', () => {
      const points = pointsOf(one, other);
      expect(points.map(({ speedup }) => speedup)).toEqual([1, 1.5, 2, 2.5, 3]);
      // At 2: 0.8 and, halfway, 0.6. At 3: halfway 0.7, and 0.5.
      expect(points.map(({ quality }) => quality)).toEqual(
        [0.8, 0.75, 0.7, 0.65, 0.6].map((value) => expect.closeTo(value, 12)),
      );
      expect(points[2].low).toBeCloseTo(0.7 - 0.1 * Math.SQRT2, 12);
      expect(points.every(({ front, setting }) => front && setting === null)).toBe(true);
      // Nothing is as good as the better seed, or as fast as the faster one.
      expect(Math.max(...points.map(({ quality }) => quality))).toBeLessThan(0.9);
    });

    test('are the settings themselves of one seed', () => {
      expect(pointsOf(one).map(({ setting, quality }) => [setting, quality])).toEqual([
        [0.101, 0.9],
        [0.252, 0.8],
        [0.31, 0.6],
      ]);
    });

    test('that have no speed-up in common are judged where the slower one ends', () => {
      const fast = seed(3, [
        [0.5, 5, 0.5],
        [0.6, 6, 0.4],
      ]);
      expect(pointsOf(one, fast)).toMatchObject([{ speedup: 4, quality: expect.closeTo(0.55, 12) }]);
    });
  });

  test('writes tables whose cells no name can leave', () => {
    const cells = exampleCells().map((cell) => ({ ...cell, title: `a|b <script>${cell.method}` }));
    const markdown = markdownSummary(summarize(comparisonOf(cells, 'x\n# y')));
    expect(markdown).toMatch(/^# x # y\n/);
    expect(markdown).not.toContain('<script>');
    expect(markdown).toContain('| a\\|b scripthashee-frequency ');
    expect(markdown).toContain('too slow');
  });
});

describe('all tasks together', () => {
  const other = exampleCells().map((cell) => ({
    ...cell,
    task: 'mrpc',
    id: cell.id.replace('sst-2', 'mrpc'),
    chosen: cell.chosen.map((point) => ({ ...point, quality: point.quality - (cell.family === 'exit' ? 0.1 : 0) })),
  }));
  const random = ['consistent', 'inconsistent'].flatMap((kind, index) =>
    ['sst-2', 'mrpc'].flatMap((task) =>
      [1, 2].map((seed) =>
        cellOf(
          `hashee-random-${kind}`,
          seed,
          [{ target: 3, quality: 0.8 - 0.06 * index + (task === 'mrpc' ? 0.02 : 0) + 0.001 * seed, speedup: 3 }],
          { task, id: `${task}.hashee-random-${kind}.3x.seed-${seed}` },
        ),
      ),
    ),
  );
  const both = summarize(comparisonOf([...exampleCells(), ...other, ...random]));
  const at = (target: number, method: string) =>
    both.overall.find((each) => each.target === target)?.rows.find((each) => each.method === method);

  test('stand side by side, with how HashEE stands to each method', () => {
    expect(at(2, 'deebert')).toMatchObject({ against: { ahead: 1, behind: 1 } });
    expect(at(2, 'deebert')?.mean).toBeCloseTo((0.92 + 0.82) / 2, 12);
    // Too slow where HashEE is not: not beaten.
    expect(at(3, 'deebert')?.against).toEqual({ 'other too slow': 2 });
    // It does less work: 4x.
    expect(at(3, 'first-layers')?.against).toEqual({ 'other faster': 2 });
    expect(at(3, 'deebert')?.mean).toBeUndefined();
    expect(at(3, 'hashee-frequency')?.against).toBeUndefined();
    expect(at(3, 'dense')?.cells[0]?.score?.mean).toBeCloseTo(0.9, 12);
  });

  test('say who is ahead more often, and what consistency brings', () => {
    const text = both.findings.join('\n');
    expect(text).toContain(
      'At 2x hashee-frequency is ahead in 3 of 4 comparisons with other methods on a task, level in 0, behind in 1. More often ahead than behind: first-layers.',
    );
    // At 3x nothing was compared.
    expect(text).not.toContain('At 3x hashee-frequency is ahead');
    expect(text).toContain(
      'At 3x random exits that a type keeps score 6.0 points more than random exits by occurrence, mean of 2 tasks: clearly more on SST-2, MRPC, clearly less on none, no clear difference on none.',
    );
  });

  test('count what is too slow or much faster apart from what is behind', () => {
    const at3 = { target: 3, quality: 0.7, speedup: 3.1 };
    const slow = [1, 2].map((seed) => cellOf('pabee', seed, [at3], { id: `sst-2.pabee.seed-${seed}` }));
    const { findings, overall } = summarize(comparisonOf([...exampleCells(), ...other, ...slow]));
    expect(findings[1]).toBe(
      'At 3x hashee-frequency is ahead in 1 of 1 comparisons with other methods on a task, level in 0, behind in 0. Not among these: 2 where the other method is too slow for 3x, 2 where it scores less and is so much faster that they are not comparable. More often ahead than behind: pabee.',
    );
    const texts = overall[1].rows.map(({ method, against }) => [method, againstText(against)]);
    expect(Object.fromEntries(texts)).toMatchObject({
      ...{ pabee: '1 / 0 / 0', deebert: '0 / 0 / 0, 2 too slow', 'first-layers': '0 / 0 / 0, 2 faster' },
      'hashee-frequency': '',
    });
  });

  test('subtract no means of different seeds: a task with seeds missing is left out', () => {
    const early = random.filter(({ id }) => id !== 'mrpc.hashee-random-inconsistent.3x.seed-2');
    const text = summarize(comparisonOf([...exampleCells(), ...other, ...early])).findings.join('\n');
    expect(text).toContain(
      'mean of one task: clearly more on SST-2, clearly less on none, no clear difference on none.',
    );
  });

  test('are a table in README', () => {
    const markdown = markdownSummary(both);
    expect(markdown).toContain('## All tasks');
    expect(markdown).toContain("both by the seeds (Welch's t-test;");
    expect(markdown).toMatch(
      /\| deebert +\| 92\.0 ± 0\.3 \(2\.10x\) +\| 82\.0 ± 0\.3 \(2\.10x\) +\| 87\.0 +\| +1 \/ 0 \/ 1 \|/,
    );
    expect(markdown).toContain('the best epoch of each training');
    expect(markdownSummary(summary)).not.toContain('## All tasks');
  });
});
