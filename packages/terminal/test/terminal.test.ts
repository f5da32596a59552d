import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { bytes, count, createProgress, duration, paintFor, plural, printable, rate } from '../src/index.js';

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
