import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadModel, type Model } from '@hashee/checkpoint';
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
const { directory: other } = await writeModelFolder(at('other'), { seed: 2 });

const random = new Random(3);
const TEXTS = Array.from({ length: 120 }, () =>
  Array.from({ length: 2 + random.below(8) }, () => WORDS[5 + random.below(20)].replace('##', '')).join(' '),
);
const file = at('texts.txt');
await writeFile(file, `${TEXTS.join('\n')}\n\n`);

const QUICK = ['--epochs', '3', '-b', '20', '--learning-rate', '0.005', '--threads', '1'];

const adapt = (output: string, words: readonly string[] = [], options = {}): Promise<Ran> =>
  run(['adapt', '-m', base, '--texts', file, '-o', at(output), ...QUICK, ...words], options);

async function outcomeOf(ran: Promise<Ran>): Promise<Record<string, unknown> & { loss: number }> {
  const { code, stdout, stderr } = await ran;
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
}

async function weightsOf({ weights }: Model): Promise<Record<string, Float32Array>> {
  const read = weights.names().map(async (name) => [name, await weights.read(name)] as const);
  return Object.fromEntries(await Promise.all(read));
}

describe('hashee adapt', { timeout: 120_000 }, () => {
  test('makes an encoder with a table, which train goes on with', async () => {
    const ran = adapt('first', ['--json']);
    const outcome = await outcomeOf(ran);
    expect(outcome).toMatchObject({ hash: { name: 'frequency' }, texts: 120, found: 120, truncated: 0, steps: 18 });
    const { stderr } = await ran;
    expect(stderr).toMatch(/^120 texts$/m);
    expect(stderr).toContain(`Saved ${at('first')}.`);
    expect(await readdir(folder)).not.toContain('first.run');
    // Longer learning comes closer.
    const short = await outcomeOf(adapt('short', ['--epochs', '1', '--json']));
    expect(outcome.loss).toBeLessThan(0.8 * short.loss);

    const model = await loadModel(at('first'));
    expect(model.heads).toEqual([]);
    expect(model.exitTable?.hash.name).toBe('frequency');
    expect(model.metadata).toMatchObject({
      method: { name: 'hashee', parameters: { hash: { name: 'frequency' } } },
      training: {
        task: 'adaptation',
        dataset: 'texts.txt',
        examples: 120,
        recipe: { epochs: 3, batchSize: 20, learningRate: 0.005, seed: 42, maxLength: 16 },
        updates: 18,
      },
    });
    const [before, after] = [await weightsOf(await loadModel(base)), await weightsOf(model)];
    expect(Object.keys(after).sort()).toEqual(Object.keys(before).sort());
    expect(after['layers.3.value.weight']).not.toEqual(before['layers.3.value.weight']);

    await writeFile(at('labelled.tsv'), `sentence\tlabel\n${TEXTS.map((text, i) => `${text}\t${i % 2}`).join('\n')}\n`);
    const words = ['train', '-m', at('first'), '--train', at('labelled.tsv'), '-o', at('tuned'), '--epochs', '1'];
    expect(await outcomeOf(run([...words, '--threads', '1', '--json']))).toMatchObject({ hash: outcome.hash });
    expect((await loadModel(at('tuned'))).exitTable?.exitLayer).toEqual(model.exitTable?.exitLayer);
  });

  test('Ctrl-C saves and stops; the same command goes on, with the same weights as if nothing had happened', async () => {
    const controller = new AbortController();
    let updates = 0;
    const interrupted = await adapt('stopped', [], {
      signal: controller.signal,
      createBackend: async (request: BackendRequest) => {
        const backend = await createOnnxBackend(request);
        const createTrainer = backend.createTrainer!.bind(backend);
        return Object.assign(backend, {
          createTrainer: async (...given: Parameters<typeof createTrainer>) => {
            const trainer = await createTrainer(...given);
            const update = trainer.update.bind(trainer);
            return Object.assign(trainer, {
              update: (options: Parameters<typeof update>[0]) => {
                if (++updates === 8) controller.abort(new Interrupted());
                return update(options);
              },
            });
          },
        });
      },
    });
    expect(interrupted.code, interrupted.stderr).toBe(130);
    expect(interrupted.stderr).toContain(
      `the run is saved in ${at('stopped')}.run. The same command goes on from there.`,
    );
    expect(await readdir(folder)).not.toContain('stopped');
    const resumed = await adapt('stopped', ['--resume']);
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(resumed.stderr).toContain('Going on after update 8 of 18.');
    expect((await adapt('whole')).code).toBe(0);
    const weights = (name: string): Promise<Buffer> => readFile(join(at(name), 'model.safetensors'));
    expect((await weights('stopped')).equals(await weights('whole'))).toBe(true);
  });

  test('texts of several files, drawn; the table of another model, or one for a target', async () => {
    await writeFile(at('rows.tsv'), 'id\tbody\n1\ta good film\n2\ta bad film\n');
    await writeFile(at('rows.csv'), 'body,id\n"good, bad",3\n');
    await writeFile(at('rows.jsonl'), '{"body": "a story and a plot and the end of it is so very very good"}\n');
    const files = ['rows.tsv', 'rows.csv', 'rows.jsonl'].map(at);
    const several = run([
      'adapt',
      '-m',
      base,
      '--texts',
      file,
      ...files,
      '--text-column',
      'body',
      '-o',
      at('several'),
      '--threads',
      '1',
    ]);
    expect(await several).toMatchObject({ code: 0 });
    expect((await several).stderr).toMatch(/^124 texts; 1 text cut to 16 tokens$/m);
    expect((await several).lines.map((line) => line.split(/ +/).slice(0, 2))).toContainEqual(['texts', '124']);

    const drawn = async (output: string, seed: string): Promise<unknown> => {
      const words = ['--limit', '30', '--seed', seed, '--epochs', '1', '--json'];
      expect(await outcomeOf(adapt(output, words))).toMatchObject({ texts: 30, found: 120, steps: 2 });
      return (await loadModel(at(output))).weights.read('embeddings.word');
    };
    const first = await drawn('drawn', '1');
    expect(await drawn('drawn-again', '1')).toEqual(first);
    expect(await drawn('drawn-otherwise', '2')).not.toEqual(first);

    const numbered = await outcomeOf(
      adapt('numbered', [
        '--texts',
        at('rows.tsv'),
        '--text-column',
        '2',
        '--hash',
        other,
        '--epochs',
        '1',
        '--dtype',
        'fp16',
        '--json',
      ]),
    );
    // The header is a text too where columns have no names; --texts given twice adds up.
    expect(numbered).toMatchObject({ found: 123, hash: { name: 'custom' } });
    const [taken, theirs] = [await loadModel(at('numbered')), await loadModel(other)];
    expect(taken.exitTable?.exitLayer).toEqual(theirs.exitTable?.exitLayer);
    const target = await outcomeOf(adapt('target', ['--speedup', '1.3', '--epochs', '1', '--json']));
    expect(target).toHaveProperty('hash.parameters.target');
  });
});

describe('what adapt refuses', () => {
  const refuses = async (words: readonly string[], code: number, message: RegExp): Promise<void> => {
    const before = (await readdir(folder)).sort();
    const ran = await run(['adapt', '-m', base, '-o', at('refused'), ...words]);
    expect(ran.stderr).toMatch(message);
    expect([ran.code, ran.stdout]).toEqual([code, '']);
    expect((await readdir(folder)).sort()).toEqual(before);
  };

  test('no texts', async () => {
    await refuses([], 2, /required option '--texts/);
    await writeFile(at('empty.txt'), '\n\n');
    await refuses(['--texts', at('empty.txt')], 2, /There are no texts in empty\.txt/);
    await refuses(['--texts', at('nowhere.txt')], 1, /nowhere\.txt/);
  });
  test('exits that nothing can be built from', async () => {
    await refuses(['--texts', file, '--hash', 'none'], 2, /nothing to adapt to/);
    await refuses(['--texts', file, '--hash', 'mutual-information'], 2, /needs labels/);
    await refuses(['--texts', file, '--hash', base], 2, /a model without an exit table/);
    await refuses(['--texts', file, '--hash', 'bogus'], 2, /neither a hash .* nor a model folder/);
    await refuses(['--texts', file, '--hash', other, '--buckets', '2'], 2, /shape a table that is built/);
  });
  test('a missing column', async () => {
    await writeFile(at('columns.tsv'), 'id\tbody\n1\ta film\n');
    await refuses(['--texts', at('columns.tsv'), '--text-column', 'story'], 1, /no column "story" .*--text-column/);
  });
  test('an output folder that holds files', () => refuses(['--texts', file, '-o', base], 2, /--overwrite/));
});
