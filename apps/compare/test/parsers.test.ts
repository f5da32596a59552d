import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { alteredJson, propertyRuns, readOrRefuse } from '../../../tooling/vitest/parser-cases.js';
import { parseComparison, parseGrid, summarize } from '../src/index.js';
import { planCells } from '../src/plan/plan-cells.js';
import { parseCellResult } from '../src/results/result-schema.js';
import { comparisonOf, exampleCells } from './cell.js';

const grid: unknown = JSON.parse(readFileSync('grids/elue-6l.json', 'utf8'));

test('a grid with some values replaced by anything is planned or refused', async () => {
  await fc.assert(
    fc.asyncProperty(alteredJson(grid), async (altered) => {
      const read = await readOrRefuse(['INVALID_ARGUMENT'], () => parseGrid(altered, 'grid.json'));
      if (!read) return;
      expect(parseGrid(JSON.parse(JSON.stringify(read)))).toEqual(read);
      for (const { id } of planCells(read)) expect(id).toMatch(/^[a-z0-9][a-z0-9.-]*$/);
    }),
    { numRuns: propertyRuns(300) },
  );
});

test('the result of a cell with some values replaced by anything is read or refused', async () => {
  const [cell] = exampleCells().filter(({ sentences }) => sentences);
  await fc.assert(
    fc.asyncProperty(alteredJson(cell), async (altered) => {
      const read = await readOrRefuse(['INVALID_DATA'], () => parseCellResult(altered, 'cell.json'));
      if (read) expect(parseCellResult(JSON.parse(JSON.stringify(read)), 'again')).toEqual(read);
    }),
    { numRuns: propertyRuns(300) },
  );
});

test.each(['../../../x', 'a/b', '..', '', '.hidden'])('a task or method of the name %j is no file name', (name) => {
  const [cell] = exampleCells();
  for (const part of ['task', 'method'])
    expect(() => parseCellResult({ ...cell, [part]: name }, 'cell.json')).toThrow(
      expect.objectContaining({ code: 'INVALID_DATA' }),
    );
});

test('a results file with some values replaced by anything is summarized or refused', async () => {
  const document: unknown = JSON.parse(JSON.stringify(comparisonOf(exampleCells())));
  await fc.assert(
    fc.asyncProperty(alteredJson(document), async (altered) => {
      // INVALID_ARGUMENT: nothing is left to summarize.
      await readOrRefuse(['INVALID_DATA', 'INVALID_ARGUMENT'], () =>
        summarize(parseComparison(altered, 'results.json')),
      );
    }),
    { numRuns: propertyRuns(200) },
  );
});
