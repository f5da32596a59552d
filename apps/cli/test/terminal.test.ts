import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { hubCache } from '../src/commands/doctor/check-files.js';
import { instructionSets } from '../src/commands/doctor/check-machine.js';
import { chooseColumns } from '../src/io/tsv-columns.js';
import { explainLines } from '../src/terminal/explain-lines.js';
import { bytes, count, duration, plural, rate } from '../src/terminal/format.js';
import { printable } from '../src/terminal/printable.js';
import { createProgress } from '../src/terminal/progress.js';
import { paintFor } from '../src/terminal/style.js';
import { columns } from '../src/terminal/table.js';

const stream = (isTTY: boolean): Writable & { isTTY: boolean; written: () => string } => {
  let text = '';
  const writable = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  return Object.assign(writable, { isTTY, written: () => text, columns: 80 });
};

test('numbers', () => {
  expect([count(1234567), plural(1, 'text'), plural(2, 'text')]).toEqual(['1,234,567', '1 text', '2 texts']);
  expect([rate(3.146), rate(42.04), rate(1234.5), rate(Number.NaN)]).toEqual(['3.15', '42.0', '1,235', '-']);
  expect([850, 12_345, 245_000, 7_380_000].map(duration)).toEqual(['850 ms', '12.3 s', '4 min 05 s', '2 h 03 min']);
  expect([950, 12_345, 999_960, 1_500_000_000].map(bytes)).toEqual(['950 B', '12.3 kB', '1.0 MB', '1.5 GB']);
});

test('text from outside cannot steer the terminal', () => {
  expect(printable('a\tb\r\nc')).toBe('a b c');
  expect(printable('\u001b[31mred\u0007')).toBe('␛[31mred␇');
  expect(printable('abc\u202edef')).toBe('abc\ufffddef');
});

test('colours only where they are wanted', () => {
  const coloured = (isTTY: boolean, env: Record<string, string>): boolean =>
    paintFor(stream(isTTY), env)('red', 'x') !== 'x';
  expect(coloured(true, {})).toBe(true);
  expect(coloured(false, {})).toBe(false);
  expect(coloured(true, { NO_COLOR: '1' })).toBe(false);
  expect(coloured(true, { NO_COLOR: '' })).toBe(true);
  expect(coloured(true, { TERM: 'dumb' })).toBe(false);
  expect(coloured(false, { FORCE_COLOR: '1' })).toBe(true);
});

test('columns', () => {
  expect(
    columns(
      [
        ['a', '1'],
        ['long', '22', 'x'],
      ].map((row) => [...row, ''].slice(0, 3)),
    ),
  ).toEqual(['a     1', 'long  22  x']);
});

test('an explanation has a line for every token, with a bar', () => {
  const exits = [
    { id: 2, token: '[CLS]', exitLayer: 6 },
    { id: 7, token: 'a', exitLayer: 1 },
  ];
  const plain = explainLines(exits, 6, (_format, text) => text);
  expect(plain).toEqual(['  [CLS]  ██████  6', '  a      █░░░░░  1', '  2 tokens, mean exit layer 3.50 of 6']);
  const painted = explainLines(exits, 6, paintFor(stream(true), {}));
  expect(painted.map(stripVTControlCharacters)).toEqual(plain);
  expect(painted[1]).not.toBe(plain[1]);
});

describe('progress', () => {
  test('draws on a terminal and leaves nothing', async () => {
    const terminal = stream(true);
    const progress = await createProgress(terminal, 'Working');
    progress.update({ done: 1, total: 4, text: 'texts' });
    progress.stop();
    expect(terminal.written()).toContain('25 %');
    expect(terminal.written()).toContain('\u001b[?25h');
  });

  test('quick work leaves no trace in a file', async () => {
    const file = stream(false);
    const progress = await createProgress(file, 'Working');
    progress.update({ done: 1, total: 4, text: 'texts' });
    progress.stop();
    expect(file.written()).toBe('');
  });
});

test('columns of a TSV by name and by number', () => {
  const header = ['premise', 'hypothesis', 'label'];
  expect(chooseColumns('hypothesis', header, 'f')).toEqual({ positions: [1], header: true });
  expect(chooseColumns('premise, hypothesis', header, 'f')).toEqual({ positions: [0, 1], header: true });
  expect(chooseColumns('3', header, 'f')).toEqual({ positions: [2], header: false });
  expect(() => chooseColumns('text', header, 'f')).toThrow(
    'f has no column "text". Its first line has 3: premise, hypothesis, label.',
  );
  expect(() => chooseColumns('4', header, 'f')).toThrow('no column "4"');
  expect(() => chooseColumns('a,b,c', header, 'f')).toThrow('Expected one column, or two');
});

test('instruction sets of x86 and ARM', () => {
  expect(instructionSets('processor: 0\nflags\t\t: fpu sse avx2 fma avx512f avx512_vnni amx_int8\n')).toEqual([
    'avx2',
    'avx512f',
    'avx512_vnni',
    'amx_int8',
  ]);
  expect(instructionSets('Features\t: fp asimd asimddp i8mm\n')).toEqual(['asimddp', 'i8mm']);
  expect(instructionSets('')).toEqual([]);
});

test('the hub cache follows the variables of Hugging Face', () => {
  expect(hubCache({ HF_HUB_CACHE: '/a', HF_HOME: '/b' })).toBe('/a');
  expect(hubCache({ HF_HOME: '/b' })).toBe('/b/hub');
  expect(hubCache({ XDG_CACHE_HOME: '/c' })).toBe('/c/huggingface/hub');
});
