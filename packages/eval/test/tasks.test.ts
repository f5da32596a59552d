import { HasheeError } from '@hashee/core';
import { describe, expect, it, vi } from 'vitest';
import { loadTask, type TaskName, tasks } from '../src/index.js';
import { dataDirectory } from './data-directory.js';

/** Rows as the data folder's README counts them. */
const ROWS: Readonly<Record<TaskName, readonly [train: number, dev: number]>> = {
  'sst-2': [8538, 1101],
  imdb: [7975, 1998],
  mrpc: [3655, 406],
  'sts-b': [5724, 1497],
  snli: [19_999, 9842],
  scitail: [1001, 303],
  'wnut17-ner': [3394, 1009],
  'snli-human-difficulty': [1113, 124],
  'snli-model-difficulty': [7199, 801],
  csl: [1500, 200],
  cnndm: [684, 150],
};

describe.skipIf(!dataDirectory)('the real data', () => {
  it.each(Object.keys(tasks) as TaskName[])('%s', async (name) => {
    const { task, train, dev } = await loadTask(name, { directory: dataDirectory });
    expect([train.examples.length, dev.examples.length]).toEqual(ROWS[name]);
    expect(train.labels).toEqual(task.labels.map((label) => label.name));
    expect(dev.labels).toEqual(train.labels);
    expect(train.kind).toBe(task.kind);
  });

  it('says what the labels mean', async () => {
    const sst2 = await loadTask('sst-2', { directory: dataDirectory });
    expect(sst2.train.labels).toEqual(['negative', 'positive']);
    const counts = [0, 0];
    for (const { label } of sst2.train.examples) counts[label as number]++;
    expect(counts).toEqual([4241, 4297]);

    const similarity = await loadTask('sts-b', { directory: dataDirectory });
    const values = similarity.train.examples.map(({ label }) => label as number);
    expect([Math.min(...values), Math.max(...values)]).toEqual([0, 5]);
    expect(similarity.train.examples[0].text).toHaveLength(2);

    const entities = await loadTask('wnut17-ner', { directory: dataDirectory });
    expect(entities.train.labels.slice(0, 3)).toEqual(['O', 'B-corporation', 'I-corporation']);
    const tags = entities.train.examples.flatMap((example) => example.tags as number[]);
    expect(tags).toHaveLength(62_730);
    expect(tags.filter((tag) => entities.train.labels[tag] === 'B-person')).toHaveLength(660);

    const layers = await loadTask('snli-model-difficulty', { directory: dataDirectory });
    expect(layers.dev.examples.every(({ labels }) => labels?.length === 12)).toBe(true);
  });

  it('finds the folder by HASHEE_DATA', async () => {
    vi.stubEnv('HASHEE_DATA', dataDirectory);
    expect((await loadTask('scitail')).dev.examples).toHaveLength(303);
    vi.unstubAllEnvs();
  });
});

it('names the six tasks of ELUE', () => {
  expect(Object.values(tasks).flatMap(({ name, elue }) => (elue ? [name] : []))).toEqual([
    'sst-2',
    'imdb',
    'mrpc',
    'sts-b',
    'snli',
    'scitail',
  ]);
  for (const [name, task] of Object.entries(tasks)) expect(task.name).toBe(name);
});

it('refuses unknown tasks and missing folders', async () => {
  const unknown = loadTask('cola' as TaskName, { directory: '.' });
  await expect(unknown).rejects.toThrow(/Unknown task "cola". Known tasks: sst-2, imdb/);
  await expect(loadTask('sst-2', { directory: 'no-such-folder' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  vi.stubEnv('HASHEE_DATA', '');
  await expect(loadTask('sst-2')).rejects.toThrow(/HASHEE_DATA/);
  await expect(loadTask('sst-2')).rejects.toBeInstanceOf(HasheeError);
  vi.unstubAllEnvs();
});
