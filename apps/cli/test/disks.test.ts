import { describe, expect, test } from 'vitest';
import { noDisks, runWithDisks } from '../../../tooling/vitest/small-disks.js';

interface Attempt {
  readonly name: string;
  readonly code: number;
  readonly stderr: string;
  /** Files that are there afterwards. */
  readonly left: readonly string[];
}

/** What `disks-script.ts` prints. */
export interface DisksReport {
  /** The same command with more and more of the disk free, until it succeeds. `free` in KB. */
  readonly full: (Attempt & { readonly output: string; readonly free: number; readonly old?: string })[];
  /** An export of two files by a program, in a new folder and over an older one. */
  readonly files: {
    readonly name: string;
    readonly free: number;
    readonly code: string | undefined;
    /** What was there before is as it was. */
    readonly same: boolean;
    readonly left: readonly string[];
  }[];
  readonly readOnly: Attempt[];
  /** With a full disk for temporary files. */
  temporary: { readonly code: number; readonly stderr: string };
}

const commands = [
  ...['train', 'adapt', 'export', 'export of an encoder-decoder'],
  ...['hash build', 'classify', 'summarize', 'bench'],
];

describe.skipIf(noDisks !== undefined)(noDisks ? `disks: ${noDisks}` : 'disks', () => {
  const report: DisksReport = noDisks
    ? { full: [], files: [], readOnly: [], temporary: { code: 0, stderr: '' } }
    : runWithDisks(new URL('./disks-script.ts', import.meta.url));

  test.each(commands)('%s on a full disk: a reason, nothing half, and it works once there is room', (name) => {
    const attempts = report.full.filter((attempt) => attempt.name === name);
    const [last, ...failed] = attempts.toReversed();
    expect(last.code, last.stderr).toBe(0);
    expect(failed.length).toBeGreaterThan(0);
    for (const { code, stderr, left, output, free, old } of failed) {
      expect([free, code, stderr]).toEqual([free, 1, expect.stringMatching(/the disk is full\. \(IO\)/)]);
      // A file that was there stays; a run keeps its folder, from which the next attempt goes on.
      const own = left.filter((path) => !path.startsWith(`${output}.run/`));
      expect([free, own]).toEqual([free, output.includes('.') ? [output] : []]);
      expect(left.filter((path) => path.endsWith('.tmp'))).toEqual([]);
      if (output.includes('.')) expect([free, old]).toEqual([free, 'old']);
    }
    expect(last.left.filter((path) => /\.tmp$|\.run\//.test(path))).toEqual([]);
    expect(last.left.length).toBeGreaterThan(0);
  });

  test.each(['new', 'old'])('exportSequenceToSequence into a folder that is %s: both files or none', (name) => {
    const attempts = report.files.filter((attempt) => attempt.name === name);
    const [last, ...failed] = attempts.toReversed();
    expect([last.code, last.left]).toEqual([undefined, [name]]);
    // Some had room for the first file.
    expect(failed.length).toBeGreaterThan(3);
    for (const { free, code, same, left } of failed)
      expect([free, code, same, left]).toEqual([free, 'IO', true, name === 'old' ? ['old'] : []]);
  });

  test.each(commands)('%s into a read-only folder: a reason', (name) => {
    const { code, stderr, left } = report.readOnly.find((attempt) => attempt.name === name)!;
    expect([code, stderr]).toEqual([1, expect.stringContaining('read-only')]);
    expect(left).toEqual([]);
  });

  test('a model on a read-only disk classifies', () => {
    expect(report.readOnly.find(({ name }) => name === 'a model on it')).toMatchObject({ code: 0 });
  });

  test('a full disk for temporary files is no reason to fail', () => {
    expect(report.temporary.code, report.temporary.stderr).toBe(0);
  });
});
