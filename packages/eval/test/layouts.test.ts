import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Dataset, loadSplit, loadTask, readDataset, type Split, type TaskName } from '../src/index.js';

const directory = await mkdtemp(join(tmpdir(), 'hashee-layouts-'));
afterAll(() => rm(directory, { recursive: true, force: true }));

/** Reads one split of a folder of tasks that holds this file only. */
async function read(task: TaskName, split: Split, path: string, lines: readonly string[]): Promise<Dataset> {
  const root = await mkdtemp(join(directory, 'data-'));
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), `${lines.join('\n')}\n`);
  return loadSplit(task, split, { directory: root }) as Promise<Dataset>;
}

const tabbed = (...cells: string[]): string => cells.join('\t');

describe('GLUE', () => {
  it('SST-2', async () => {
    const { examples } = await read('sst-2', 'train', 'SST-2/train.tsv', [
      'sentence\tlabel',
      'hide new secretions \t0',
    ]);
    expect(examples).toEqual([{ text: 'hide new secretions ', label: 0 }]);
  });

  it('MRPC: a quote is a character', async () => {
    const { examples } = await read('mrpc', 'dev', 'MRPC/dev.tsv', [
      tabbed('Quality', '#1 ID', '#2 ID', '#1 String', '#2 String'),
      tabbed('1', '1355540', '1355592', 'He said it .', '" It works , " he said .'),
      tabbed('0', '2', '3', '"Odd', 'even'),
    ]);
    expect(examples).toEqual([
      { text: ['He said it .', '" It works , " he said .'], label: 1 },
      { text: ['"Odd', 'even'], label: 0 },
    ]);
  });

  it('STS-B', async () => {
    const { examples } = await read('sts-b', 'train', 'STS-B/train.tsv', [
      tabbed(
        'index',
        'genre',
        'filename',
        'year',
        'old_index',
        'source1',
        'source2',
        'sentence1',
        'sentence2',
        'score',
      ),
      tabbed('0', 'main-captions', 'MSRvid', '2012test', '0001', 'none', 'none', 'A plane.', 'An air plane.', '5.000'),
    ]);
    expect(examples).toEqual([{ text: ['A plane.', 'An air plane.'], label: 5 }]);
  });

  it('SNLI: pairs without agreement are left out', async () => {
    const head = ['index', 'captionID', 'pairID', 'sentence1_parse', 'sentence1', 'sentence2', 'label1', 'gold_label'];
    const { examples, labels } = await read('snli', 'dev', 'SNLI/dev.tsv', [
      tabbed(...head),
      tabbed('0', 'c', 'p', '(A)', 'A man.', 'A person.', 'entailment', 'entailment'),
      tabbed('1', 'c', 'p', '(A)', 'A man.', 'A cook.', 'neutral', '-'),
      tabbed('2', 'c', 'p', '(A)', 'A man.', 'A cat.', 'contradiction', 'contradiction'),
    ]);
    expect(labels).toEqual(['entailment', 'neutral', 'contradiction']);
    expect(examples.map((example) => 'label' in example && example.label)).toEqual([0, 2]);
  });
});

describe('ELUE', () => {
  it('SST-2 and IMDb: cells quoted as in CSV', async () => {
    for (const [task, folder] of [
      ['sst-2', 'SST-2'],
      ['imdb', 'IMDb'],
    ] as const) {
      const { examples } = await read(task, 'test', `${folder}/test_full.tsv`, [
        'sentence\tlabel',
        '"He said ""no"" , twice ."\t1',
        'Plain .\t0',
      ]);
      expect(examples).toEqual([
        { text: 'He said "no" , twice .', label: 1 },
        { text: 'Plain .', label: 0 },
      ]);
    }
  });

  it('MRPC', async () => {
    const { examples } = await read('mrpc', 'test', 'MRPC/test_full.tsv', [
      tabbed('label', '#1 ID', '#2 ID', '#1 String', '#2 String'),
      tabbed('1', '-', '-', '""" No , "" he said ."', 'He denied it .'),
    ]);
    expect(examples).toEqual([{ text: ['" No , " he said .', 'He denied it .'], label: 1 }]);
  });

  it('SciTail, and STS-B', async () => {
    const scitail = ['premise\thypothesis\tlabel', 'Humans have 46.\tThere are 46.\t1'];
    expect((await read('scitail', 'dev', 'SciTail/dev.tsv', scitail)).examples).toEqual([
      { text: ['Humans have 46.', 'There are 46.'], label: 1 },
    ]);
    const sts = ['sentence1\tsentence2\tlabel', 'A.\tB.\t2.400'];
    expect((await read('sts-b', 'dev', 'STS-B/dev.tsv', sts)).examples).toEqual([{ text: ['A.', 'B.'], label: 2.4 }]);
  });

  it('takes the test file that has labels, and says what a test file lacks', async () => {
    const root = await mkdtemp(join(directory, 'data-'));
    await mkdir(join(root, 'SST-2'));
    await writeFile(join(root, 'SST-2', 'test.tsv'), 'index\tsentence\n0\tA film .\n');
    await expect(loadSplit('sst-2', 'test', { directory: root })).rejects.toThrow(/no column for the label/);
    await writeFile(join(root, 'SST-2', 'test_full.tsv'), 'sentence\tlabel\nA film .\t1\n');
    expect((await loadSplit('sst-2', 'test', { directory: root })).examples).toHaveLength(1);
  });
});

describe('the publishers', () => {
  const object = { gold_label: 'entailment', sentence1: 'A man.', sentence2: 'A person.', annotator_labels: ['x'] };

  it('SNLI: JSON lines and .txt', async () => {
    const undecided = { ...object, gold_label: '-' };
    const json = [object, undecided].map((value) => JSON.stringify(value));
    const { examples } = await read('snli', 'train', 'snli_1.0/snli_1.0_train.jsonl', json);
    expect(examples).toEqual([{ text: ['A man.', 'A person.'], label: 0 }]);
    const table = await read('snli', 'test', 'snli/snli_1.0_test.txt', [
      tabbed('gold_label', 'sentence1_binary_parse', 'sentence1', 'sentence2', 'captionID', 'label1'),
      tabbed('neutral', '( A )', 'A man.', 'A "cook".', 'c', 'neutral'),
    ]);
    expect(table.examples).toEqual([{ text: ['A man.', 'A "cook".'], label: 1 }]);
  });

  it('SciTail: without a header, and JSON lines that say entailment', async () => {
    const table = await read('scitail', 'dev', 'SciTail/scitail_1.0_dev.tsv', ['A.\tB.\tentails', 'C.\tD.\tneutral']);
    expect(table.examples).toEqual([
      { text: ['A.', 'B.'], label: 1 },
      { text: ['C.', 'D.'], label: 0 },
    ]);
    const json = await read('scitail', 'test', 'snli_format/scitail_1.0_test.jsonl', [JSON.stringify(object)]);
    expect(json.examples).toEqual([{ text: ['A man.', 'A person.'], label: 1 }]);
  });

  it('WNUT-17', async () => {
    const lines = ['Ada\tB-person', 'Lovelace\tI-person', '', 'London\tB-location'];
    for (const [split, path] of [
      ['train', 'WNUT17/wnut17train.conll'],
      ['dev', 'wnut17/emerging.dev.conll'],
      ['test', 'emerging_entities_17/emerging.test.annotated'],
    ] as const) {
      const { examples, labels } = await read('wnut17-ner', split, path, lines);
      expect(examples).toHaveLength(2);
      expect(labels).toContain('B-person');
    }
  });
});

it("one's own files as CSV and JSON lines", async () => {
  const csv = await read('sts-b', 'train', 'sts-b/train.csv', ['sentence1,sentence2,score', '"A, b.",C.,1.5']);
  expect(csv.examples).toEqual([{ text: ['A, b.', 'C.'], label: 1.5 }]);
  const json = await read('sst-2', 'dev', 'SST2/validation.jsonl', [
    JSON.stringify({ sentence: 'A.', label: 1, idx: 3 }),
  ]);
  expect(json.examples).toEqual([{ text: 'A.', label: 1 }]);
});

it('says what is missing', async () => {
  const root = await mkdtemp(join(directory, 'data-'));
  await mkdir(join(root, 'mrpc'));
  await writeFile(join(root, 'mrpc', 'train.tsv'), 'a\tb\n1\t2\n');
  await expect(loadTask('sst-2', { directory: root })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(loadTask('mrpc', { directory: root })).rejects.toThrow(
    /expected "sentence1" and "sentence2"; the file has "a", "b"/,
  );
  await expect(loadSplit('mrpc', 'dev', { directory: root })).rejects.toThrow(/no dev file.*there are: train.tsv/);
});

it('undoes quotes only where it is asked to', async () => {
  const file = join(directory, 'quotes.tsv');
  await writeFile(file, 'text\tlabel\n"a ""b"""\tx\nc\ty\n');
  const texts = async (quotes?: 'none' | 'csv' | 'auto'): Promise<unknown[]> =>
    (await readDataset(file, { quotes })).examples.map(({ text }) => text);
  expect(await texts()).toEqual(['"a ""b"""', 'c']);
  expect(await texts('csv')).toEqual(['a "b"', 'c']);
  expect(await texts('auto')).toEqual(['a "b"', 'c']);
  await writeFile(file, 'text\tlabel\n"a"\tx\n5" tall\ty\n');
  expect(await texts('auto')).toEqual(['"a"', '5" tall']);
  expect(await texts('csv')).toEqual(['a', '5" tall']);
  const kept = await readDataset(file, { skipLabels: ['y'] });
  expect([kept.labels, kept.examples.length]).toEqual([['x'], 1]);
});
