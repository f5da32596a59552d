import type { Command, Option } from 'commander';
import { expect, test } from 'vitest';
import { createBackend } from '../src/model/create-backend.js';
import { createProgram } from '../src/program.js';

const { stdin, stdout, stderr } = process;
const signal = new AbortController().signal;
const program = createProgram({ stdin, stdout, stderr, env: {}, signal, createBackend });

function commandsBelow(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(commandsBelow);
}

const commands = commandsBelow(program);
const options: [command: string, option: Option][] = commands.flatMap((command) =>
  command.options.map((option): [string, Option] => [command.name(), option]),
);

/** Flags by what is to be the same wherever they stand. */
function group(key: (option: Option) => string | undefined, value: (option: Option) => string): Map<string, string[]> {
  const found = new Map<string, Set<string>>();
  for (const [, option] of options) {
    const name = key(option);
    if (name !== undefined) found.set(name, (found.get(name) ?? new Set()).add(value(option)));
  }
  return new Map([...found].map(([name, values]) => [name, [...values]]));
}

const several = (groups: Map<string, string[]>): [string, string[]][] =>
  [...groups].filter(([, values]) => values.length > 1);

test('all commands are looked at', () => {
  expect(commands.map((command) => command.name()).sort()).toEqual(expect.arrayContaining(['classify', 'train']));
  expect(options.length).toBeGreaterThan(50);
});

test('a letter is one flag in all commands, and a flag has one letter', () => {
  const long = ({ long }: Option): string => long ?? '';
  expect(several(group(({ short }) => short ?? undefined, long))).toEqual([]);
  const letters = group(long, ({ short }) => short ?? 'none');
  // Where a command has few options a letter may be left out; two different ones may not be.
  expect([...letters].filter(([, values]) => values.filter((value) => value !== 'none').length > 1)).toEqual([]);
});

test('a flag takes a value everywhere or nowhere', () => {
  expect(
    several(
      group(
        ({ long }) => long ?? '',
        (option) => String(option.required || option.optional),
      ),
    ),
  ).toEqual([]);
});

test('dtypes are the words of the packages', () => {
  const words = new Set(['fp32', 'fp16', 'q8']);
  const choices = options.flatMap(([, { long, argChoices }]) => (long === '--dtype' ? (argChoices ?? []) : []));
  expect(choices.length).toBeGreaterThan(0);
  expect(choices.filter((choice) => !words.has(choice))).toEqual([]);
});

test.each(commands.map((command) => [command.name(), command] as const))('%s says what it does', (_, command) => {
  expect(command.description()).not.toBe('');
  const names = command.options.map(({ long }) => long);
  expect(names).toContain('--debug');
  expect(names).toContain('--json');
});
