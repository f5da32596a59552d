import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { studySizes } from '@hashee/difficulty';
import { markdownStudy, readStudy, type StudyCell, summarizeStudy } from '@hashee/difficulty/results';
import { beforeAll, describe, expect, test } from 'vitest';
import { writeModelFolder } from './model-folder.js';
import { run } from './run.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = await temporaryFolder();
const { directory: model } = await writeModelFolder(join(folder, 'base'), { task: null, exitLayer: null });
const data = join(folder, 'data');
const settings = join(folder, 'settings.json');

const NOUNS = ['film', 'movie', 'plot', 'actor', 'scene', 'music', 'story', 'end', 'start', 'one', 'two', 'three'];
const ADJECTIVES = ['good', 'bad', 'great', 'dull', 'fine', 'awful'];

/** Pairs by number; three of them share a premise. */
function pair(i: number): [premise: string, hypothesis: string] {
  const premise = `the ${NOUNS[Math.floor(i / 3) % 12]} is ${ADJECTIVES[Math.floor(i / 36) % 6]} ${Math.floor(i / 216)}`;
  return [premise, `a ${NOUNS[(5 * i) % 12]} was ${ADJECTIVES[i % 6]}`];
}

async function table(task: string, split: string, rows: number, first: number, label: (i: number) => string) {
  await mkdir(join(data, task), { recursive: true });
  const lines = Array.from({ length: rows }, (_, i) => [...pair(first + i), label(i)].join('\t'));
  await writeFile(join(data, task, `${split}.tsv`), `sentence1\tsentence2\tlabel\n${lines.join('\n')}\n`);
}

beforeAll(async () => {
  await table('snli', 'train', 90, 0, (i) => String(i % 3));
  await table('snli', 'dev', 90, 90, (i) => String(i % 3));
  await table('snli-human-difficulty', 'train', 24, 0, (i) => String(i % 2));
  await table('snli-human-difficulty', 'dev', 12, 90, (i) => String(i % 2));
  const bits = (i: number): string => Array.from({ length: 12 }, (_, l) => (i % 12 <= l ? 1 : 0)).join(',');
  await table('snli-model-difficulty', 'train', 60, 0, bits);
  await table('snli-model-difficulty', 'dev', 24, 90, bits);
  await mkdir(join(data, 'wnut17-ner'), { recursive: true });
  const sentence = (i: number): string =>
    `the\tO\n${NOUNS[i % 12]}\t${i % 2 ? 'B-person' : 'O'}\nis\tO\n${ADJECTIVES[i % 6]}\tO\n${NOUNS[(7 * i) % 12]}\tO\n`;
  for (const [split, count] of [
    ['train', 30],
    ['dev', 60],
  ] as const)
    await writeFile(
      join(data, 'wnut17-ner', `${split}.tsv`),
      `token\ttag\n${Array.from({ length: count }, (_, i) => sentence(i)).join('\n')}`,
    );
  const { smoke } = studySizes;
  await writeFile(
    settings,
    JSON.stringify({
      ...smoke,
      maxLength: 16,
      sentence: { ...smoke.sentence, train: 40, select: 15, annotated: 90, predictorTrain: 30, predictorDev: 15 },
      given: { ...smoke.given, train: 30, dev: 12 },
      token: { ...smoke.token, train: 30, predictorTrain: 12, predictorDev: 6 },
      words: { epochs: 1, units: 4 },
      exits: {
        ...smoke.exits,
        targets: [1.2],
        hashes: [
          { hash: 'frequency', target: 1.2 },
          { hash: 'random-inconsistent', target: 1.2 },
        ],
        probed: 10,
      },
    }),
  );
});

const words = (name: string, ...more: string[]): string[] => [
  ...['difficulty', '-m', model, '--data', data, '--settings', settings, '--seeds', '1', '--threads', '1'],
  ...['-o', join(folder, name), '-w', join(folder, `${name}.work`), ...more],
];

const resultsOf = (cells: readonly StudyCell[]): unknown =>
  cells.map(({ part, seed, fingerprint, result }) => ({ part, seed, fingerprint, result }));

// Each trains a dozen small models.
describe('hashee difficulty', { timeout: 300_000 }, () => {
  test('runs all parts, writes a result for each and the tables; the same command makes nothing again', async () => {
    const { code, stdout, stderr } = await run(words('whole'));
    expect(code, stderr).toBe(0);
    expect(stdout).toBe(`${join(folder, 'whole')}.md\n`);
    const cells = await readStudy(join(folder, 'whole'));
    expect(cells.map(({ part }) => part)).toEqual(['human', 'sentence', 'given', 'token', 'exits']);
    const text = await readFile(`${join(folder, 'whole')}.md`, 'utf8');
    for (const title of [
      'Difficulty for people',
      'sentence pairs',
      'twelve layers',
      'tokens',
      'What follows for exits',
    ])
      expect(text).toContain(title);
    const exits = cells[4].result as Extract<StudyCell['result'], { consistency: unknown }>;
    const [hash, drawn] = ['hashee-frequency', 'hashee-random-inconsistent'].map(
      (name) => exits.consistency.find((each) => each.name === name)!,
    );
    // Measured, from what ran in training and afterwards.
    expect(hash.sameType).toBe(1);
    expect(hash.sameInstance.map(({ share }) => share)).toEqual(hash.sameInstance.map(() => 1));
    expect(hash.sameInstance.length).toBeGreaterThan(0);
    expect(drawn.sameType).toBeLessThan(0.9);
    expect(drawn.sameInstance).toEqual([]);

    const again = await run(words('whole'));
    expect(again.code, again.stderr).toBe(0);
    expect(again.stderr.match(/was there/g)).toHaveLength(5);
    expect(await readStudy(join(folder, 'whole'))).toEqual(cells);
  });

  test('kill -9 in the middle, and the same command again: the same results', async () => {
    const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
    const node = ['--conditions=@hashee/source', '--import', 'tsx', main];
    const some = ['--parts', 'sentence,given'];
    const child = spawn(process.execPath, [...node, ...words('cut', ...some)], { stdio: 'ignore' });
    const ended = once(child, 'close');
    const begun = async (): Promise<boolean> =>
      existsSync(join(folder, 'cut.work')) &&
      (await readdir(join(folder, 'cut.work'))).some((name) => name.startsWith('sentence-encoder-one'));
    while (child.exitCode === null && !(await begun())) await setTimeout(2);
    child.kill('SIGKILL');
    await ended;
    expect(child.signalCode).toBe('SIGKILL');
    expect(existsSync(join(folder, 'cut', 'given.seed-1.json'))).toBe(false);
    const { code, stderr } = await run(words('cut', ...some));
    expect(code, stderr).toBe(0);
    const whole = await readStudy(join(folder, 'whole'));
    expect(resultsOf(await readStudy(join(folder, 'cut')))).toEqual(
      resultsOf(whole.filter(({ part }) => part === 'sentence' || part === 'given')),
    );
  });

  test('--tables and --print-settings need neither a model nor data, and compute nothing', async () => {
    const tables = await run(['difficulty', '-o', join(folder, 'whole'), '--tables']);
    expect(tables.code, tables.stderr).toBe(0);
    expect(await readFile(tables.stdout.trim(), 'utf8')).toBe(
      markdownStudy(summarizeStudy(await readStudy(join(folder, 'whole')))),
    );
    const json = await run(['difficulty', '-o', join(folder, 'whole'), '--tables', '--json']);
    const { tables: path, seeds, missing } = JSON.parse(json.stdout);
    expect([path, seeds, missing]).toEqual([tables.stdout.trim(), [1], []]);
    const printed = await run(['difficulty', '--print-settings', '--size', 'full']);
    expect(JSON.parse(printed.stdout)).toEqual(studySizes.full);
    const file = await run(['difficulty', '--print-settings', '--settings', settings]);
    expect(JSON.parse(file.stdout)).toEqual(JSON.parse(await readFile(settings, 'utf8')));
  });

  test('without a model there is no study', async () => {
    const { code, stderr } = await run(['difficulty', '--data', data, '-o', join(folder, 'refused')]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/Which encoder\? Give --model/);
    expect(existsSync(join(folder, 'refused'))).toBe(false);
  });

  test.each([
    [['--parts', 'people'], /human, sentence, given, token, exits/],
    [['--seeds', '1,1'], /each seed once/],
    [['--seeds', '-1'], /whole number/],
    [['--settings', join(folder, 'nothing.json')], /There is no file/],
    [['--tables', '-o', join(folder, 'empty')], /There is no file|no results/],
  ])('%j is refused with what to change', async (more, message) => {
    const { code, stderr } = await run([...words('refused'), ...more]);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(message);
  });
});
