import { rmSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadModel } from '@hashee/checkpoint';
import { Random } from '@hashee/core';
import { Interrupted } from '@hashee/terminal';
import { describe, expect, test } from 'vitest';
import type { BackendRequest } from '../src/context.js';
import { createOnnxBackend } from '../src/model/create-onnx-backend.js';
import { WORDS, writeModelFolder } from './model-folder.js';
import { type Ran, run } from './run.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = await temporaryFolder();
const at = (name: string): string => join(folder, name);
const { directory: base } = await writeModelFolder(at('base'), { task: null, exitLayer: null });

const FILLERS = [
  'a film',
  'the movie is',
  'it was so',
  'very',
  'the plot is',
  'the music was',
  'a story and the end is',
];
const JUDGEMENTS = { positive: ['good', 'great', 'fine'], negative: ['bad', 'awful', 'dull'] };

/** Sentences whose label is the judgement in them. */
function sentences(count: number, seed: number): (readonly [text: string, label: 'positive' | 'negative'])[] {
  const random = new Random(seed);
  const pick = <T>(values: readonly T[]): T => values[random.below(values.length)];
  return Array.from({ length: count }, () => {
    const label = random.below(2) === 0 ? 'positive' : 'negative';
    return [`${pick(FILLERS)} ${pick(JUDGEMENTS[label])} ${pick(['.', '!', ''])}`.trim(), label] as const;
  });
}

async function writeSet(
  name: string,
  rows: readonly (readonly [string, string])[],
  header = 'sentence\tlabel',
): Promise<string> {
  await writeFile(at(name), `${header}\n${rows.map((row) => row.join('\t')).join('\n')}\n`);
  return at(name);
}

const trainFile = await writeSet('train.tsv', sentences(160, 1));
const devFile = await writeSet('dev.tsv', sentences(40, 2));

const QUICK = ['--epochs', '6', '-b', '16', '--learning-rate', '0.01', '--dropout', '0', '--threads', '1'];

const train = (output: string, words: readonly string[] = [], options = {}): Promise<Ran> =>
  run(['train', '-m', base, '--train', trainFile, '--dev', devFile, '-o', at(output), ...QUICK, ...words], options);

describe('hashee train', { timeout: 120_000 }, () => {
  test('makes a model that classifies, with its table, labels and card', async () => {
    const { code, stdout, stderr } = await train('first', ['--json']);
    expect(code, stderr).toBe(0);
    const outcome = JSON.parse(stdout);
    expect(outcome).toMatchObject({ stopped: 'epochs', steps: 60, hash: { name: 'frequency' } });
    expect(outcome.best.metrics.accuracy).toBeGreaterThanOrEqual(0.95);
    expect(outcome.warnings).toEqual([]);
    expect(stderr).not.toContain('warning');
    expect(stderr).toContain('160 training texts; 40 dev texts; labels negative, positive');
    expect(stderr.match(/^epoch \d\.00 {2}loss [\d.]+ {2}accuracy [\d.]+$/gm)).toHaveLength(6);
    expect(stderr).toContain(`Saved ${at('first')}.`);

    const model = await loadModel(at('first'));
    expect(model.heads).toMatchObject([{ name: 'main', labels: ['negative', 'positive'] }]);
    expect(model.exitTable?.hash.name).toBe('frequency');
    expect(model.metadata).toMatchObject({
      method: { name: 'hashee' },
      training: {
        task: 'sequence-classification',
        dataset: 'train.tsv',
        examples: 160,
        recipe: { epochs: 6, seed: 42 },
      },
      quality: [{ name: 'accuracy', value: outcome.best.metrics.accuracy, split: 'dev' }],
    });
    const answers = await run(['classify', '-m', at('first'), 'the film is great', 'the film is awful']);
    expect(answers.lines.map((line) => line.split('\t')[0])).toEqual(['positive', 'negative']);
    const evaluated = await run(['evaluate', devFile, '-m', at('first'), '--json']);
    expect(JSON.parse(evaluated.stdout).metrics).toEqual(outcome.best.metrics);
    // Nothing but the model is left.
    expect(await readdir(folder)).not.toContain('first.run');
  });

  test('Ctrl-C saves and stops; the same command goes on, with the same weights as if nothing had happened', async () => {
    const controller = new AbortController();
    const interrupted = await train('stopped', [], {
      signal: controller.signal,
      onStderr: (text: string) => {
        if (/^epoch 2/m.test(text)) controller.abort(new Interrupted());
      },
    });
    expect(interrupted.code).toBe(130);
    expect(interrupted.stderr).toContain(
      `the run is saved in ${at('stopped')}.run. The same command goes on from there.`,
    );
    expect(await readdir(folder)).not.toContain('stopped');
    const resumed = await train('stopped', ['--resume']);
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(resumed.stderr).toMatch(/Going on after update \d+ of 60\./);
    const whole = await train('whole');
    expect(whole.code).toBe(0);
    const weights = (name: string): Promise<Buffer> => readFile(join(at(name), 'model.safetensors'));
    expect((await weights('stopped')).equals(await weights('whole'))).toBe(true);
  });

  test('says what a stopped run left, and how to go on', async () => {
    const atStart = (): object => {
      const controller = new AbortController();
      const createBackend = (request: BackendRequest): ReturnType<typeof createOnnxBackend> => {
        controller.abort(new Interrupted());
        return createOnnxBackend(request);
      };
      return { signal: controller.signal, createBackend };
    };
    const inSecondEpoch = (action = (): void => {}): object => {
      const controller = new AbortController();
      const onStderr = (text: string): void => {
        if (controller.signal.aborted || !/^epoch 2/m.test(text)) return;
        action();
        controller.abort(new Interrupted());
      };
      return { signal: controller.signal, onStderr };
    };
    const run = `${at('notices')}.run`;
    const stopped = async (words: readonly string[], options: object): Promise<string | undefined> => {
      const { code, stderr } = await train('notices', words, options);
      expect([code, stderr.split('\n').at(-2)]).toEqual([130, 'Interrupted.']);
      return stderr.split('\n').at(-3);
    };
    expect(await stopped([], atStart())).toBe('Stopped before there was anything to save.');
    expect(await stopped(['--restart'], inSecondEpoch())).toBe(
      `Stopped; the run is saved in ${run}. Run it again without --restart to go on.`,
    );
    const saved = `Stopped; the run is saved in ${run}. The same command goes on from there.`;
    expect(await stopped([], atStart())).toBe(saved);
    expect(await stopped(['--restart'], atStart())).toBe('Stopped before there was anything to save.');

    // A run that can't be saved isn't called interrupted.
    const lost = await train(
      'lost',
      [],
      inSecondEpoch(() => rmSync(`${at('lost')}.run`, { recursive: true })),
    );
    expect(lost.code).toBe(1);
    expect(lost.stderr).toMatch(/^hashee: .*checkpoint\.safetensors.*\(IO\)$/m);
    expect(lost.stderr).not.toMatch(/Stopped|Interrupted/);
  });

  test("another's files in the folder of the run stay", async () => {
    await mkdir(`${at('kept')}.run`);
    await writeFile(join(`${at('kept')}.run`, 'notes.txt'), 'keep me');
    expect(await train('kept', ['--epochs', '1'])).toMatchObject({ code: 0 });
    expect(await readdir(`${at('kept')}.run`)).toEqual(['notes.txt']);
  });

  test('exits: none, from a table file, by a target, by labels', async () => {
    const none = await train('dense', ['--hash', 'none', '--epochs', '1', '--json']);
    expect(JSON.parse(none.stdout).hash).toBeNull();
    expect((await loadModel(at('dense'))).exitTable).toBeUndefined();

    await run(['hash', 'build', trainFile, '-m', base, '-o', at('a.table.json'), '--buckets', '2']);
    const file = await train('from-file', ['--hash', at('a.table.json'), '--epochs', '1', '--json']);
    expect(JSON.parse(file.stdout).hash).toMatchObject({ name: 'frequency', parameters: { buckets: 2 } });

    const target = await train('target', ['--speedup', '1.3', '--epochs', '1', '--json']);
    expect(JSON.parse(target.stdout).hash.parameters).toHaveProperty('target');
    const telling = await train('telling', ['--hash', 'mutual-information', '--epochs', '1', '--json']);
    expect(telling.code, telling.stderr).toBe(0);
    // Words that tell the label leave first.
    const { exitTable } = await loadModel(at('telling'));
    expect(exitTable?.exitLayer[WORDS.indexOf('great')]).toBe(1);
  });

  test('a fine-tuned model goes on with its head and table, and teaches another', async () => {
    const again = await run([
      'train',
      '-m',
      at('first'),
      '--train',
      trainFile,
      '--dev',
      devFile,
      '-o',
      at('again'),
      ...QUICK,
      '--epochs',
      '1',
      '--learning-rate',
      '0.0001',
      '--json',
    ]);
    expect(again.code, again.stderr).toBe(0);
    const [first, more] = [await loadModel(at('first')), await loadModel(at('again'))];
    expect(more.exitTable?.exitLayer).toEqual(first.exitTable?.exitLayer);
    expect(JSON.parse(again.stdout).best.metrics.accuracy).toBeGreaterThanOrEqual(0.95);

    const student = await train('student', ['--teacher', at('first'), '--json']);
    expect(student.code, student.stderr).toBe(0);
    expect(JSON.parse(student.stdout).best.metrics.accuracy).toBeGreaterThanOrEqual(0.8);
    expect((await loadModel(at('student'))).metadata?.training).toMatchObject({ recipe: { teacher: 'first' } });
  });

  test('a run that is stopped goes on with its own teacher only', async () => {
    await writeModelFolder(at('untrained'), { labels: ['negative', 'positive'] });
    const controller = new AbortController();
    const stopped = await train('taught', ['--teacher', at('first')], {
      signal: controller.signal,
      onStderr: (text: string) => {
        if (/^epoch 2/m.test(text)) controller.abort(new Interrupted());
      },
    });
    expect(stopped.code).toBe(130);
    const other = await train('taught', ['--teacher', at('untrained')]);
    expect(other.stderr).toMatch(/can't be resumed, as it differs in teacherFingerprint/);
    expect(other.code).toBe(2);
    const resumed = await train('taught', ['--teacher', at('first'), '--resume', '--json']);
    expect(resumed.code, resumed.stderr).toBe(0);
    expect((await loadModel(at('taught'))).metadata?.training).toMatchObject({ recipe: { teacher: 'first' } });
  });

  test('weights as 8-bit integers, names for labels, patience', async () => {
    const rows = sentences(160, 1).map(([text, label]) => [text, label === 'positive' ? '1' : '0'] as const);
    const numbered = await writeSet('numbered.tsv', rows);
    const ran = await run([
      ...['train', '-m', base, '--train', numbered, '--dev', numbered, '-o', at('small'), ...QUICK],
      ...['--labels', '0=no,1=yes', '--dtype', 'q8', '--patience', '1', '--epochs', '40', '--json'],
    ]);
    expect(ran.code, ran.stderr).toBe(0);
    expect(JSON.parse(ran.stdout).stopped).toBe('patience');
    const model = await loadModel(at('small'));
    expect(model.heads[0].labels).toEqual(['no', 'yes']);
    const answers = await run(['classify', '-m', at('small'), 'very good']);
    expect(answers.lines[0]).toMatch(/^yes\t/);
  });

  test('regression and token classification', async () => {
    const scores = sentences(80, 3).map(([text, label]) => [text, label === 'positive' ? '4.5' : '0.5'] as const);
    const numbers = await writeSet('scores.tsv', scores, 'sentence\tscore');
    const regression = await run([
      ...['train', '-m', base, '--train', numbers, '--dev', numbers, '-o', at('regression'), ...QUICK],
      ...['--kind', 'regression', '--epochs', '25', '--json'],
    ]);
    expect(regression.code, regression.stderr).toBe(0);
    expect(JSON.parse(regression.stdout).best.metrics.pearson).toBeGreaterThan(0.8);
    expect(JSON.parse(regression.stdout).warnings).toEqual([]);

    const tagged = sentences(80, 4)
      .map(([text]) =>
        text
          .split(' ')
          .map((word) => `${word}\t${Object.values(JUDGEMENTS).flat().includes(word) ? 'B-JUDGE' : 'O'}`)
          .join('\n'),
      )
      .join('\n\n');
    await writeFile(at('tags.conll'), `${tagged}\n`);
    const tags = await run([
      ...['train', '-m', base, '--train', at('tags.conll'), '--dev', at('tags.conll'), '-o', at('tagger'), ...QUICK],
      ...['--kind', 'token-classification', '--json'],
    ]);
    expect(tags.code, tags.stderr).toBe(0);
    expect(JSON.parse(tags.stdout).best.metrics.entityF1).toBeGreaterThan(0.9);
    const found = await run(['classify', '-m', at('tagger'), 'the film is great .']);
    expect(found.lines.map((line) => line.split('\t').slice(1, 4).toSpliced(1, 1))).toEqual([['JUDGE', 'great']]);
  });
});

describe('what train refuses', () => {
  const refuses = async (words: readonly string[], code: number, message: string | RegExp): Promise<void> => {
    const before = (await readdir(folder)).sort();
    const ran = await run(['train', '-m', base, '-o', at('refused'), ...QUICK, ...words]);
    expect(ran.stderr).toMatch(message);
    expect(ran.code).toBe(code);
    expect((await readdir(folder)).sort()).toEqual(before);
  };

  test('no data', () => refuses([], 2, /Which data\? Give --train/));
  test('an output folder that holds files', () =>
    refuses(['--train', trainFile, '-o', base], 2, /holds files already.*--overwrite/));
  test('an output below a file', () =>
    refuses(['--train', trainFile, '-o', join(trainFile, 'x')], 1, /Cannot write .*not a folder/));
  test('nothing to go on with', () =>
    refuses(['--train', trainFile, '--dev', devFile, '--resume', '--run-dir', at('base')], 1, /./));
  test('resume and restart', () => refuses(['--resume', '--restart'], 2, /cannot be used with/));
  test('a hash that is none', () =>
    refuses(['--train', trainFile, '--hash', 'bogus'], 2, /neither a hash .* nor a table file/));
  test('buckets of a table that is not built', () =>
    refuses(['--train', trainFile, '--hash', 'none', '--buckets', '2'], 2, /shape a table that is built/));
  test('a type of weights that is none', () => refuses(['--dtype', 'I4'], 2, /Allowed choices are fp32, fp16, q8/));
  test('a missing column', () =>
    refuses(['--train', trainFile, '--text-column', 'body'], 1, /no column "body" for the text; .*--text-column/));
  test('a binary file', async () => {
    await writeFile(
      at('binary.tsv'),
      new Uint8Array(1000).map((_, i) => (i * 37) % 256),
    );
    await refuses(['--train', at('binary.tsv')], 1, /INVALID_DATA/);
  });
  test('an unknown label in dev', async () => {
    const odd = await writeSet('odd.tsv', [['a film', 'neutral']]);
    await refuses(['--train', trainFile, '--dev', odd], 1, /odd\.tsv:2, .*unknown label "?neutral"?/);
  });
  test('a table of another vocabulary', async () => {
    const bytes = Buffer.alloc(7, 3).toString('base64');
    const table = { format: 'hashee-exit-table', formatVersion: 1, layers: 3, vocabulary: 7, exitLayers: bytes };
    await writeFile(at('other.json'), JSON.stringify({ ...table, hash: { name: 'custom', parameters: {} } }));
    await refuses(['--train', trainFile, '--hash', at('other.json')], 1, /TABLE_MISMATCH/);
  });
  test('a teacher with other labels', async () => {
    await writeModelFolder(at('teacher'), { labels: ['a', 'b', 'c'] });
    await refuses(['--train', trainFile, '--teacher', at('teacher')], 2, /The teacher answers/);
  });
  test('a folder as data', async () => {
    await mkdir(at('folder.tsv'));
    await refuses(['--train', at('folder.tsv')], 2, /folder\.tsv is a folder/);
  });
});
