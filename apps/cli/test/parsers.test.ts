import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { validateExitTable } from '@hashee/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { alteredBytes, alteredJson, propertyRuns, readOrRefuse } from '../../../tooling/vitest/parser-cases.js';
import { readTableFile, writeTableFile } from '../src/table/table-file.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = await temporaryFolder();
const file = join(folder, 'table.json');
const codes = ['INVALID_TABLE', 'UNSUPPORTED'];
await writeTableFile(file, {
  layers: 6,
  exitLayer: Uint8Array.from({ length: 40 }, (_, id) => 1 + (id % 6)),
  hash: { name: 'frequency', parameters: { buckets: 6 } },
  tokenizerFingerprint: 'a',
});
const sound = await readFile(file);

async function survives(bytes: Buffer | string): Promise<void> {
  await writeFile(file, bytes);
  const table = await readOrRefuse(codes, () => readTableFile(file));
  if (!table) return;
  validateExitTable(table);
  await writeTableFile(file, table);
  expect(await readTableFile(file)).toEqual(table);
}

test('an exit table with some values replaced by anything is read or refused', async () => {
  await fc.assert(
    fc.asyncProperty(alteredJson(JSON.parse(sound.toString())), (altered) => survives(JSON.stringify(altered))),
    { numRuns: propertyRuns(200) },
  );
});

test('an exit table with other bytes in it is read or refused', async () => {
  await fc.assert(fc.asyncProperty(alteredBytes(sound, ['{', '"', '=', ',', '==', 'layers']), survives), {
    numRuns: propertyRuns(100),
  });
});
