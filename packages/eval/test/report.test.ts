import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { spread } from '../src/index.js';
import {
  atSpeedup,
  formatSpread,
  markdownReport,
  parseReport,
  readReport,
  reportedCost,
  reportedLatency,
  reportJsonSchema,
  writeReport,
} from '../src/report/index.js';
import { report, reportRow, rows } from './report-rows.js';

const folder = await mkdtemp(join(tmpdir(), 'hashee-report-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('report files', () => {
  const file = join(folder, 'report.json');
  const measured = {
    ...reportRow({ method: 'a', seed: 1, score: 0.9, speedup: 2 }),
    latency: [
      {
        ...{ batchSize: 8, threads: 1, sequencesPerSecond: 120, milliseconds: { p50: 60, p90: 70, p95: 80, p99: 90 } },
        speedup: { median: 1.8, low: 1.7, high: 1.9, level: 0.95, pairs: 40 },
      },
    ],
    memory: { peakBytes: 2 ** 28, batchSize: 8, largestBatch: 77, limitBytes: 2 ** 30 },
  };

  it('come back as they were written', async () => {
    const written = report([...rows, measured]);
    await writeReport(file, written);
    expect(await readReport(file)).toEqual(written);
    expect(await readdir(folder)).toEqual(['report.json']);
  });

  it('drop what the format does not know', () => {
    expect(parseReport({ ...report([]), colour: 'blue' })).toEqual(report([]));
  });

  it('are refused with the place that is wrong', async () => {
    const broken = (change: object): object => ({ ...report([]), rows: [{ ...measured, ...change }] });
    const cases: [unknown, RegExp][] = [
      [null, /all of it/],
      [{ format: 'other' }, /format/],
      [
        { ...report([]), version: 2 },
        /version 2 of the report format; this program reads version 1. Update @hashee.eval/,
      ],
      [{ ...report([]), version: 0 }, /Make the report again/],
      [{ ...report([]), date: 'yesterday' }, /: date: /],
      [{ ...report([]), rows: {} }, /: rows: /],
      [broken({ score: 'high' }), /rows\[0\].score: /],
      [broken({ score: Number.NaN }), /rows\[0\].score: /],
      [broken({ seed: 1.5 }), /rows\[0\].seed: /],
      [broken({ split: 'train2' }), /rows\[0\].split: /],
      [broken({ cost: { ...measured.cost, macs: -1 } }), /rows\[0\].cost.macs: /],
      [broken({ setting: { a: {} } }), /rows\[0\].setting.a: /],
      [broken({ latency: [{ ...measured.latency[0], batchSize: 0 }] }), /rows\[0\].latency\[0\].batchSize: /],
    ];
    for (const [value, message] of cases) {
      expect(() => parseReport(value)).toThrow(message);
      expect(() => parseReport(value)).toThrow(expect.objectContaining({ code: 'INVALID_DATA' }));
    }
    await writeFile(join(folder, 'text.json'), 'no JSON');
    await expect(readReport(join(folder, 'text.json'))).rejects.toThrow("isn't JSON");
    await expect(readReport(join(folder, 'absent.json'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('are written whole or not at all', async () => {
    const before = await readFile(file, 'utf8');
    await expect(writeReport(file, report([{ ...measured, score: Number.NaN }]))).rejects.toThrow(/rows\[0\].score/);
    await expect(writeReport(join(file, 'report.json'), report([]))).rejects.toMatchObject({
      code: 'IO',
    });
    await expect(writeReport(folder, report([]))).rejects.toMatchObject({ code: 'IO' });
    expect(await readFile(file, 'utf8')).toBe(before);
    expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('have a JSON Schema', () => {
    const schema = reportJsonSchema();
    expect(schema).toMatchObject({ type: 'object', properties: { version: { const: 1 }, rows: { type: 'array' } } });
    expect(schema['required']).toContain('machine');
  });
});

describe('atSpeedup', () => {
  it('chooses on dev and judges on test', () => {
    const cells = atSpeedup(rows, { targets: [2, 3], judge: 'test' });
    expect(cells.map(({ method, target }) => [method, target])).toEqual([
      ['hashee', 2],
      ['hashee', 3],
      ['deebert', 2],
      ['deebert', 3],
    ]);
    expect(cells[0].score).toMatchObject({ mean: expect.closeTo(0.895, 12), count: 2, minimum: 0.89, maximum: 0.9 });
    expect(cells[0].speedup?.mean).toBeCloseTo(2.1, 12);
    // t(0.975, 1) = 12.706; s = 0.00707.
    expect(cells[0].interval?.high).toBeCloseTo(0.895 + (12.7062 * 0.00707107) / Math.SQRT2, 5);
    expect(cells[1].score?.mean).toBeCloseTo(0.86, 12);
    // The setting that is best on test isn't the one that is best on dev.
    expect(cells[2].score?.mean).toBeCloseTo(0.82, 12);
    expect(cells[3]).toMatchObject({ rows: [], missing: [1, 2] });
    expect(cells[3].score).toBeUndefined();
  });

  it('by layers, on dev alone, with seeds that are too slow', () => {
    const [cell] = atSpeedup(
      rows.filter(({ method }) => method === 'deebert'),
      { targets: [3.2], by: 'layers' },
    );
    // 1.2 times 2.6 and 2.7.
    expect(cell).toMatchObject({ missing: [1], speedup: { mean: expect.closeTo(3.24, 9), count: 1 } });
    expect(cell.interval).toBeUndefined();
  });
});

describe('markdown', () => {
  it('has the tables', () => {
    const slow = {
      ...reportRow({ method: 'pipe|line\n<b>', seed: 1, score: 0.5, speedup: 1, split: 'test' }),
      latency: [
        { batchSize: 8, threads: 2, sequencesPerSecond: 123.4, milliseconds: { p50: 61.5, p90: 1, p95: 82, p99: 1 } },
      ],
      memory: { largestBatch: 7, limitBytes: 2 ** 30 },
    };
    const text = markdownReport(report([...rows, slow]), { judge: 'test' });
    expect(text).toContain('# A comparison\n');
    expect(text).toContain('Made by `hashee compare grid.json`.');
    const cells = (start: string): string[] =>
      (text.split('\n').find((row) => row.startsWith(`| ${start}`)) ?? '').split(/ *\| */).slice(1, -1);
    expect(cells('method')).toEqual(['method', 'sst-2 2x', 'sst-2 3x', 'sst-2 4x']);
    expect(cells('hashee')).toEqual(['hashee', '89.5 ± 0.7 (2.10x)', '86.0 ± 0.0 (3.20x)', '-']);
    expect(cells('deebert')).toEqual(['deebert', '82.0 ± 0.0 (2.65x)', '-', '-']);
    expect(text).toMatch(/pipe\\\|line b \| sst-2 +\| +2 \| +8 \| +123 \| +61\.5 \| +82\.0 \| +- \| +- \| +1\.00x/);
    expect(text).toMatch(/- \| +- \| +7 \| +1024 \|/);
  });

  it('shows no interval of fewer than six pairs', () => {
    const timed = (pairs: number, ends: { low?: number; high?: number }) => ({
      ...{ batchSize: pairs, threads: 1, sequencesPerSecond: 9, milliseconds: { p50: 1, p90: 1, p95: 1, p99: 1 } },
      speedup: { median: 1.8, ...ends, level: 0.95, pairs },
    });
    const latency = [timed(5, { low: 1.7, high: 1.9 }), timed(6, { low: 1.7, high: 1.9 }), timed(3, {})];
    const row = { ...reportRow({ method: 'a', seed: 1, score: 0.9, speedup: 2 }), latency };
    const text = markdownReport(parseReport(JSON.parse(JSON.stringify(report([row])))));
    expect(text).toMatch(/\| +1\.80x \| +5 \|/);
    expect(text).toMatch(/\| +1\.80x \(1\.70-1\.90\) \| +6 \|/);
    expect(text).toMatch(/\| +1\.80x \| +3 \|/);
  });

  it('formats spreads', () => {
    expect(formatSpread(spread([0.9, 0.92]))).toBe('91.0 ± 1.4');
    expect(formatSpread(spread([0.5]))).toBe('50.0');
    expect(formatSpread(spread([2, 2.5]), 1, 2)).toBe('2.25 ± 0.35');
  });
});

it('takes costs and times over', () => {
  const { cost } = reportRow({ method: 'a', seed: 1, score: 1, speedup: 2 });
  expect(reportedCost({ ...cost })).toEqual(cost);
  const batchMilliseconds = { mean: 1, p50: 2, p90: 3, p95: 4, p99: 5, maximum: 6, count: 7 };
  const work = { sequences: 1, tokens: 1, tokensByExitLayer: [1], macs: 1, denseMacs: 1, milliseconds: 1 };
  const variant = {
    name: 'a',
    sequencesPerSecond: 9,
    tokensPerSecond: 9,
    batchMilliseconds,
    rounds: [1],
    busyThreads: 1,
  };
  const throughput = { batchSize: 4, variants: [{ ...variant, work }] };
  expect(reportedLatency(throughput, 'a', 2)).toEqual({
    ...{ batchSize: 4, threads: 2, sequencesPerSecond: 9, milliseconds: { p50: 2, p90: 3, p95: 4, p99: 5 } },
  });
  expect(reportedLatency(throughput, 'b', 2)).toBeUndefined();
});
