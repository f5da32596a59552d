import { chmod, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fileSink } from '../src/io/line-sink.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = await temporaryFolder();
const isRoot = process.getuid?.() === 0;

describe('fileSink', () => {
  test('the file appears when it is whole', async () => {
    const path = join(folder, 'whole.txt');
    await writeFile(path, 'old\n');
    const sink = await fileSink(path);
    for (let i = 0; i < 20_000; i++) await sink.line(`line ${i}`);
    expect(await readFile(path, 'utf8')).toBe('old\n');
    await sink.finish();
    await sink.discard();
    const lines = (await readFile(path, 'utf8')).split('\n');
    expect(lines).toHaveLength(20_001);
    expect(lines[19_999]).toBe('line 19999');
  });

  test('discard leaves nothing behind', async () => {
    const inside = join(folder, 'discarded');
    await mkdir(inside);
    const sink = await fileSink(join(inside, 'a.txt'));
    await sink.line('half');
    await sink.discard();
    expect(await readdir(inside)).toEqual([]);
  });

  test('writes through links and to devices', async () => {
    const target = join(folder, 'target.txt');
    const link = join(folder, 'link.txt');
    await writeFile(target, '');
    await symlink(target, link);
    const sink = await fileSink(link);
    await sink.line('through');
    await sink.finish();
    expect(await readFile(target, 'utf8')).toBe('through\n');
    const nothing = await fileSink('/dev/null');
    await nothing.line('gone');
    await nothing.finish();
  });

  test('a full disk is said clearly', async () => {
    const sink = await fileSink('/dev/full');
    await sink.line('too much');
    await expect(sink.finish()).rejects.toMatchObject({
      code: 'IO',
      message: expect.stringContaining('the disk is full'),
    });
  });

  test('folders that cannot be written are said clearly', async () => {
    await expect(fileSink(folder)).rejects.toMatchObject({
      code: 'IO',
      message: expect.stringContaining('it is a folder'),
    });
    await expect(fileSink(join(folder, 'none', 'a.txt'))).rejects.toThrow('its folder does not exist');
    const locked = join(folder, 'locked');
    await mkdir(locked);
    await chmod(locked, 0o500);
    if (!isRoot) await expect(fileSink(join(locked, 'a.txt'))).rejects.toThrow('permission was denied');
  });
});
