import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { paintFor } from '@hashee/terminal';
import { expect, test } from 'vitest';
import { hubCache } from '../src/commands/doctor/check-files.js';
import { instructionSets } from '../src/commands/doctor/check-machine.js';
import { chooseColumns } from '../src/io/tsv-columns.js';
import { explainLines } from '../src/terminal/explain-lines.js';
import { columns } from '../src/terminal/table.js';

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
  const painted = explainLines(exits, 6, paintFor(Object.assign(new Writable(), { isTTY: true }), {}));
  expect(painted.map(stripVTControlCharacters)).toEqual(plain);
  expect(painted[1]).not.toBe(plain[1]);
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
