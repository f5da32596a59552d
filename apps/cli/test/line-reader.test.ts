import { expect, test } from 'vitest';
import { readLines } from '../src/io/line-reader.js';

async function* chunks(...parts: (string | Uint8Array)[]): AsyncGenerator<unknown> {
  yield* parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part));
}

async function read(...parts: (string | Uint8Array)[]): Promise<string[]> {
  const lines: string[] = [];
  for await (const { text, number } of readLines(chunks(...parts), 'f.txt')) {
    lines.push(text);
    expect(number).toBe(lines.length);
  }
  return lines;
}

test('cuts at line ends of both kinds, wherever chunks are cut', async () => {
  expect(await read('one\ntw', 'o\r', '\nthr', 'ee')).toEqual(['one', 'two', 'three']);
  expect(await read('one\n')).toEqual(['one']);
  expect(await read('\n\n')).toEqual(['', '']);
  expect(await read('')).toEqual([]);
});

test('puts characters together that were cut between chunks, and drops a byte order mark', async () => {
  const bytes = Buffer.from('\ufeffé😀\n');
  const parts = Array.from(bytes, (_, i) => bytes.subarray(i, i + 1));
  expect(await read(...parts)).toEqual(['é😀']);
});

test('refuses what is not text, with file and line', async () => {
  const refused = (line: number) => ({ code: 'INVALID_DATA', fields: { file: 'f.txt', line } });
  await expect(read('good\n', Uint8Array.of(0x61, 0xff, 0xfe, 10))).rejects.toMatchObject(refused(2));
  await expect(read('good\nbad\0\n')).rejects.toMatchObject(refused(2));
  await expect(read(Uint8Array.of(0xc3))).rejects.toMatchObject(refused(1));
});
