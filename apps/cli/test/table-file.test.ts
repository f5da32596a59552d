import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExitTable } from '@hashee/core';
import { describe, expect, test } from 'vitest';
import { readTableFile, writeTableFile } from '../src/table/table-file.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = await temporaryFolder();
const path = join(folder, 'a.table.json');
const table: ExitTable = {
  layers: 6,
  exitLayer: Uint8Array.of(6, 6, 1, 2, 3),
  hash: { name: 'frequency', parameters: { buckets: 6 } },
  tokenizerFingerprint: 'abc',
};

describe('table files', () => {
  test('come back as they were', async () => {
    await writeTableFile(path, table);
    expect(await readTableFile(path)).toEqual(table);
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({
      format: 'hashee-exit-table',
      formatVersion: 1,
      layers: 6,
      vocabulary: 5,
      exitLayers: 'BgYBAgM=',
    });
  });

  test.each([
    ['not JSON', 'BgYBAgM=', 'INVALID_TABLE', /not valid JSON/],
    ['not an object', '[1]', 'INVALID_TABLE', /must hold a JSON object/],
    ['another format', { format: 'other' }, 'INVALID_TABLE', /"format" must be/],
    ['a newer version', { formatVersion: 2 }, 'UNSUPPORTED', /format version 2/],
    ['too few entries', { exitLayers: 'BgYB' }, 'INVALID_TABLE', /has 3 entries, "vocabulary" is 5/],
    ['no base64', { exitLayers: 'B!YBAgM=' }, 'INVALID_TABLE', /base64/],
    ['a layer beyond the last', { layers: 5 }, 'INVALID_TABLE', /exits at layer 6, expected 1 to 5/],
    ['a layer 0', { exitLayers: 'AAYBAgM=' }, 'INVALID_TABLE', /exits at layer 0/],
    ['layers that are no number', { layers: '6' }, 'INVALID_TABLE', /layers must be an integer/],
    ['no hash', { hash: 'frequency' }, 'INVALID_TABLE', /"hash" must have/],
    ['a fingerprint that is no text', { tokenizerFingerprint: 5 }, 'INVALID_TABLE', /tokenizerFingerprint/],
  ])('refuse %s', async (_name, change, code, message) => {
    await writeTableFile(path, table);
    const document = JSON.parse(await readFile(path, 'utf8'));
    await writeFile(path, typeof change === 'string' ? change : JSON.stringify({ ...document, ...change }));
    await expect(readTableFile(path)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test('a missing file', async () => {
    await expect(readTableFile(join(folder, 'none.json'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
