import { describe, expect, test } from 'vitest';
import { noDisks, runWithDisks } from '../../../tooling/vitest/small-disks.js';
import { parseComparison } from '../src/index.js';

/** What `run-disks-script.ts` prints. */
export interface RunDisksReport {
  /** The same command with more and more of the disk free, KB, until it succeeds. */
  readonly full: Record<
    'output' | 'work',
    {
      readonly free: number;
      readonly code: number;
      readonly stderr: string;
      /** Files of the results folder and what is in them. */
      readonly results: Readonly<Record<string, string>>;
      /** Files of the folder for trainings. */
      readonly work: readonly string[];
    }[]
  >;
  readonly readOnly: {
    readonly kind: 'output' | 'work';
    readonly code: number;
    readonly stderr: string;
    readonly left: readonly string[];
  }[];
}

const CELLS = ['cells/sst-2.dense.seed-1.json', 'cells/sst-2.hashee-frequency.2x.seed-1.json'];

describe.skipIf(noDisks !== undefined)(noDisks ? `compare run on disks: ${noDisks}` : 'compare run on disks', () => {
  const report: RunDisksReport = noDisks
    ? { full: { output: [], work: [] }, readOnly: [] }
    : runWithDisks(new URL('./run-disks-script.ts', import.meta.url));

  /** Qualities of the cells of a results.json. */
  const qualities = (text: string): number[] =>
    parseComparison(JSON.parse(text), 'results.json').cells.flatMap(({ chosen }) =>
      chosen.map(({ quality }) => quality),
    );

  test.each(['output', 'work'] as const)(
    'a full disk for the %s: a reason, nothing half, and it goes on once there is room',
    (kind) => {
      const [last, ...failed] = report.full[kind].toReversed();
      expect(last.code, last.stderr).toBe(0);
      expect(Object.keys(last.results).sort()).toEqual([...CELLS, 'results.json']);
      expect(qualities(last.results['results.json'])).toHaveLength(2);
      expect(failed.length).toBeGreaterThan(1);
      for (const { free, code, stderr, results, work } of failed) {
        expect([free, code, stderr]).toEqual([free, 1, expect.stringContaining('the disk is full')]);
        expect([...Object.keys(results), ...work].filter((path) => /\.(part|tmp)$/.test(path))).toEqual([]);
        // A cell that was finished stays as it was written.
        for (const [path, text] of Object.entries(results)) {
          if (path === 'results.json') expect(text === 'old' || qualities(text).length > 0).toBe(true);
          else expect([CELLS.includes(path), text]).toEqual([true, last.results[path]]);
        }
      }
    },
  );

  test('the same numbers come out, wherever there was no room', () => {
    const [output, work] = (['output', 'work'] as const).map(
      (kind) => report.full[kind].at(-1)!.results['results.json'],
    );
    expect(qualities(output)).toEqual(qualities(work));
  });

  test.each(['output', 'work'] as const)(
    'a read-only folder for the %s is found out before anything is trained',
    (kind) => {
      const { code, stderr, left } = report.readOnly.find((attempt) => attempt.kind === kind)!;
      expect([code, stderr]).toEqual([1, expect.stringContaining('read-only')]);
      expect(left).toEqual([]);
    },
  );
});
