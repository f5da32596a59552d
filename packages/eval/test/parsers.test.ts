import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { alteredBytes, alteredJson, propertyRuns, readOrRefuse } from '../../../tooling/vitest/parser-cases.js';
import { type DataKind, type ReadOptions, readDataset } from '../src/index.js';
import { parseReport } from '../src/report/report-schema.js';
import { report, rows } from './report-rows.js';

const folder = mkdtempSync(join(tmpdir(), 'hashee-parsers-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const sound: Readonly<Record<string, string>> = {
  'a.tsv': 'sentence\tlabel\na "quoted" film\t1\nété 电影\t0\n\n',
  'a.csv': '\uFEFFtext,label\r\n"a, ""quoted""\nline",1\r\nplain,0\r\n',
  'a.jsonl':
    '{"text":"a film","label":1}\n{"text":["one","two"],"label":"x"}\n{"tokens":["a","b"],"tags":["O","B-x"]}\n',
  'a.conll': 'EU B-ORG\nrejects O\n\nPeter B-PER\nBlackburn I-PER\n',
};
const tokens = [
  '\t',
  '"',
  '""',
  ',',
  '\n',
  '\r\n',
  '{',
  '}',
  '[',
  '":',
  'label',
  'text',
  '1',
  'null',
  'B-',
  '\\u0000',
  '-1e999',
];
const kinds: readonly DataKind[] = [
  'sequence-classification',
  'regression',
  'multi-label',
  'token-classification',
  'generation',
];
const options = fc.record({
  kind: fc.constantFrom(...kinds),
  quotes: fc.constantFrom('none' as const, 'csv' as const, 'auto' as const),
  unlabelled: fc.boolean(),
});

describe('a data file of any bytes is read or refused with its place', () => {
  it.each(Object.keys(sound))('%s', async (name) => {
    const file = join(folder, name);
    await fc.assert(
      fc.asyncProperty(alteredBytes(Buffer.from(sound[name]), tokens), options, async (bytes, given: ReadOptions) => {
        writeFileSync(file, bytes);
        const read = await readOrRefuse(['INVALID_DATA', 'INVALID_ARGUMENT'], () => readDataset(file, given));
        if (!read) return;
        expect(read.examples.length).toBeGreaterThan(0);
        for (const example of read.examples) {
          if ('label' in example && read.kind === 'sequence-classification')
            expect(read.labels[example.label as number]).toBeTypeOf('string');
          if ('label' in example) expect(Number.isFinite(example.label)).toBe(true);
          if ('text' in example) for (const text of [example.text].flat()) expect(text).toBeTypeOf('string');
        }
      }),
      { numRuns: propertyRuns(300) },
    );
  });
});

describe('a report with some values replaced by anything', () => {
  it('is read as what it says, or refused', async () => {
    const document: unknown = JSON.parse(JSON.stringify(report(rows)));
    await fc.assert(
      fc.asyncProperty(alteredJson(document), async (altered) => {
        const read = await readOrRefuse(['INVALID_DATA'], () => parseReport(altered, 'report.json'));
        if (read) expect(parseReport(JSON.parse(JSON.stringify(read)), 'again')).toEqual(read);
      }),
      { numRuns: propertyRuns(300) },
    );
  });
});
