import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readJson, readStoredJson, writeWhole } from '../src/files/index.js';

const folder = await mkdtemp(join(tmpdir(), 'hashee-files-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

test('a file is replaced whole, in a folder that is made, with nothing left beside it', async () => {
  const path = join(folder, 'a', 'b', 'file.json');
  await writeWhole(path, '{"old":1}');
  await writeWhole(path, '{"new":"é"}');
  expect(await readFile(path, 'utf8')).toBe('{"new":"é"}');
  expect(await readJson(path)).toEqual({ new: 'é' });
  expect(await readdir(join(folder, 'a', 'b'))).toEqual(['file.json']);
});

test('what cannot be written leaves no part behind', async () => {
  const inTheWay = join(folder, 'in-the-way');
  await writeWhole(join(inTheWay, 'kept'), '1');
  await expect(writeWhole(inTheWay, 'text')).rejects.toMatchObject({ code: 'IO', fields: { path: inTheWay } });
  await expect(writeWhole(join(inTheWay, 'kept', 'file'), 'text')).rejects.toMatchObject({ code: 'IO' });
  expect((await readdir(folder)).filter((name) => name.includes('.part'))).toEqual([]);
  expect(await readFile(join(inTheWay, 'kept'), 'utf8')).toBe('1');
});

test('what is no JSON, too large, missing or a folder is refused', async () => {
  const path = join(folder, 'read.json');
  await writeFile(path, '{"half": ');
  await expect(readJson(path)).rejects.toMatchObject({ code: 'INVALID_DATA', fields: { path } });
  await writeFile(path, '[1, 2]');
  expect(await readJson(path, { maxBytes: 6 })).toEqual([1, 2]);
  await expect(readJson(path, { maxBytes: 5 })).rejects.toThrow('has 6 bytes; at most 5 are read');
  await expect(readJson(join(folder, 'absent.json'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(readJson(folder)).rejects.toMatchObject({ code: 'IO' });
});

test('what a program stored for itself and cannot read is as good as nothing', async () => {
  const path = join(folder, 'stored.json');
  expect(await readStoredJson(path)).toBeUndefined();
  await writeFile(path, '{"half": ');
  expect(await readStoredJson(path)).toBeUndefined();
  await writeWhole(path, '{"whole": 1}');
  expect(await readStoredJson(path)).toEqual({ whole: 1 });
  expect(await readStoredJson(path, { maxBytes: 3 })).toBeUndefined();
  await expect(readStoredJson(folder)).rejects.toMatchObject({ code: 'IO' });
});
