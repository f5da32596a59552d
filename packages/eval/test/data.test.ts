import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HasheeError } from '@hashee/core';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { type ReadOptions, readDataset, streamDataset } from '../src/index.js';

const folder = mkdtempSync(join(tmpdir(), 'hashee-eval-'));
afterAll(() => rmSync(folder, { recursive: true }));

let count = 0;
function write(name: string, content: string | Uint8Array): string {
  mkdirSync(join(folder, String(++count)));
  const file = join(folder, String(count), name);
  writeFileSync(file, content);
  return file;
}

async function failure(promise: Promise<unknown>): Promise<HasheeError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!HasheeError.isInstance(error)) throw new Error(`expected a HasheeError, got ${String(error)}`);
  return error;
}

describe('TSV', () => {
  it('reads sentences without quoting', async () => {
    const file = write('a.tsv', 'sentence\tlabel\n"never closed\t1\nit \'s `` fine ""\t0\r\n\nlast\t1');
    expect(await readDataset(file)).toEqual({
      file,
      kind: 'sequence-classification',
      labels: ['0', '1'],
      examples: [
        { text: '"never closed', label: 1 },
        { text: 'it \'s `` fine ""', label: 0 },
        { text: 'last', label: 1 },
      ],
    });
  });

  it('reads pairs, names labels, and takes names for values', async () => {
    const file = write('a.tsv', 'label\tsentence1\tid\tsentence2\n1\ta\tx\tb\nno\tc\ty\td\n');
    const labels = [
      { value: '0', name: 'no' },
      { value: '1', name: 'yes' },
    ];
    const { examples, labels: names } = await readDataset(file, { labels });
    expect(names).toEqual(['no', 'yes']);
    expect(examples).toEqual([
      { text: ['a', 'b'], label: 1 },
      { text: ['c', 'd'], label: 0 },
    ]);
  });

  it('reads a file without header, and columns by other names', async () => {
    const bare = write('a.tsv', '1\tgood\n0\tbad\n');
    expect((await readDataset(bare, { header: ['label', 'sentence'] })).examples).toHaveLength(2);
    const other = write('b.tsv', 'Quality\tA\tB\n1\tx\ty\n');
    expect((await readDataset(other, { columns: { text: ['A', 'B'], label: 'Quality' } })).examples).toEqual([
      { text: ['x', 'y'], label: 0 },
    ]);
  });

  it('reads numbers for regression', async () => {
    const file = write('a.tsv', 'sentence1\tsentence2\tlabel\na\tb\t3.800\nc\td\t-1e-1\n');
    const { labels, examples } = await readDataset(file, { kind: 'regression' });
    expect(labels).toEqual(['score']);
    expect(examples.map(({ label }) => label)).toEqual([3.8, -0.1]);
  });

  it('sorts discovered labels: numbers by size, names by code point', async () => {
    const numbers = write('a.tsv', 'text\tlabel\na\t10\nb\t9\nc\t-1\n');
    expect((await readDataset(numbers)).labels).toEqual(['-1', '9', '10']);
    const names = write('b.tsv', 'text\tlabel\na\tneutral\nb\tcontradiction\n');
    expect((await readDataset(names)).labels).toEqual(['contradiction', 'neutral']);
  });

  it('reads unlabelled files', async () => {
    const file = write('a.tsv', 'sentence\nhello\n');
    expect((await readDataset(file, { unlabelled: true })).examples).toEqual([{ text: 'hello' }]);
  });

  it('reads several answers', async () => {
    const file = write('a.tsv', 'sentence\tlabel\nx\t1,0,1\n');
    const { labels, examples } = await readDataset(file, { kind: 'multi-label' });
    expect(labels).toEqual(['1', '2', '3']);
    expect(examples).toEqual([{ text: 'x', labels: [1, 0, 1] }]);
  });

  it('keeps every text as it is written', async () => {
    const text = fc
      .string({ unit: 'binary', minLength: 1 })
      .filter((s) => !/[\t\n\r\0\uFEFF]/.test(s) && s.trim() !== '');
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 5 }), async (texts) => {
        const file = write('a.tsv', `sentence\tlabel\n${texts.map((t) => `${t}\t0\n`).join('')}`);
        expect((await readDataset(file)).examples.map((example) => example.text)).toEqual(texts);
      }),
      { numRuns: 40 },
    );
  });

  it('reads lines that span pieces of the file', async () => {
    const long = 'ü'.repeat(300_000);
    const file = write('a.tsv', `sentence\tlabel\n${long}\t0\nb\t1\n`);
    const { examples } = await readDataset(file);
    expect(examples[0].text === long).toBe(true);
    expect(examples).toHaveLength(2);
  });
});

describe('CSV and JSON lines', () => {
  it('reads quoted CSV', async () => {
    const file = write('a.csv', '\uFEFFtext,label\r\n"a, ""quoted""\nline",1\r\n\r\nplain,0\r\n');
    expect((await readDataset(file)).examples).toEqual([
      { text: 'a, "quoted"\nline', label: 1 },
      { text: 'plain', label: 0 },
    ]);
  });

  it('reads a large CSV without losing rows', async () => {
    const rows = Array.from({ length: 20_000 }, (_, i) => `"row ${i}, ""x""",${i % 3}`);
    const { examples } = await readDataset(write('a.csv', `text,label\n${rows.join('\n')}\n`));
    expect(examples).toHaveLength(20_000);
    expect(examples[19_999]).toEqual({ text: 'row 19999, "x"', label: 19_999 % 3 });
  });

  it('reads JSON lines', async () => {
    const file = write(
      'a.jsonl',
      '{"premise":"a","hypothesis":"b","label":1}\n\n{"label":0,"premise":"c","hypothesis":"d"}',
    );
    expect((await readDataset(file)).examples).toEqual([
      { text: ['a', 'b'], label: 1 },
      { text: ['c', 'd'], label: 0 },
    ]);
  });

  it('reads tagged sentences in JSON lines', async () => {
    const file = write('a.jsonl', '{"tokens":["in","Rome"],"ner_tags":["O","B-location"]}');
    expect(await readDataset(file, { kind: 'token-classification' })).toMatchObject({
      labels: ['O', 'B-location'],
      examples: [{ words: ['in', 'Rome'], tags: [0, 1] }],
    });
  });

  it('reads generation', async () => {
    const file = write('a.tsv', 'source\ttarget\nlong\tshort\n');
    expect((await readDataset(file, { kind: 'generation' })).examples).toEqual([{ source: 'long', target: 'short' }]);
  });
});

describe('tagged sentences', () => {
  const kind = 'token-classification';

  it('reads a token a line with or without header', async () => {
    const body = 'New\tB-location\nYork\tI-location\n\n\n"\tO\nok\tO';
    const expected = [
      { words: ['New', 'York'], tags: [1, 2] },
      { words: ['"', 'ok'], tags: [0, 0] },
    ];
    for (const content of [body, `token\ttag\n${body}\n`]) {
      const { labels, examples } = await readDataset(write('a.tsv', content), { kind });
      expect(labels).toEqual(['O', 'B-location', 'I-location']);
      expect(examples).toEqual(expected);
    }
  });

  it('reads CoNLL columns', async () => {
    const file = write('a.conll', '-DOCSTART- -X- O O\n\nEU NNP I-NP B-ORG\nrejects VBZ I-VP O\n');
    expect((await readDataset(file, { kind })).examples).toEqual([{ words: ['EU', 'rejects'], tags: [1, 0] }]);
  });
});

describe('streaming', () => {
  it('gives examples one by one', async () => {
    const file = write('a.tsv', 'sentence\tlabel\na\t0\nb\t1\nc\toops\n');
    const seen: unknown[] = [];
    const error = await failure(
      (async () => {
        for await (const example of streamDataset(file, { labels: ['0', '1'] })) seen.push(example);
      })(),
    );
    expect(seen).toEqual([
      { text: 'a', label: 0 },
      { text: 'b', label: 1 },
    ]);
    expect(error.fields).toMatchObject({ line: 4, label: 'oops' });
  });

  it('needs labels or none at all', async () => {
    const file = write('a.tsv', 'sentence\tlabel\na\t0\n');
    expect((await failure(streamDataset(file).next())).code).toBe('INVALID_ARGUMENT');
    expect((await streamDataset(file, { unlabelled: true }).next()).value).toEqual({ text: 'a' });
  });

  it('stops at an abort', async () => {
    const file = write('a.tsv', 'sentence\tlabel\na\t0\n');
    expect((await failure(readDataset(file, { signal: AbortSignal.abort('enough') }))).code).toBe('ABORTED');
  });
});

describe('what is refused', () => {
  const cases: [
    what: string,
    name: string,
    content: string | Uint8Array,
    options: ReadOptions,
    message: RegExp,
    fields: object,
  ][] = [
    ['empty file', 'a.tsv', '', {}, /no examples/, {}],
    ['header only', 'a.tsv', 'sentence\tlabel\n', {}, /no examples.*at least one row/, {}],
    [
      'missing column',
      'a.tsv',
      'text\tclass\nx\t1\n',
      {},
      /column "label".*expected "label"; the file has "text", "class".*columns\.label/,
      { line: 2, column: 'label', found: ['text', 'class'] },
    ],
    [
      'missing text column',
      'a.tsv',
      'review\tlabel\nx\t1\n',
      {},
      /expected "sentence", or "text", or "sentence1" and "sentence2".*has "review", "label"/,
      { role: 'text' },
    ],
    [
      'unknown label',
      'a.tsv',
      'text\tlabel\nx\t1\ny\t7\n',
      {
        labels: [
          { value: '0', name: 'negative' },
          { value: '1', name: 'positive' },
        ],
      },
      /a\.tsv:3, column "label": unknown label "7"\. Known labels: 0 \(negative\), 1 \(positive\)/,
      { line: 3, column: 'label', label: '7', known: ['negative', 'positive'] },
    ],
    [
      'row with too few cells',
      'a.tsv',
      'text\tlabel\nx\t1\ny\n',
      {},
      /:3: expected 2 cells .* got 1/,
      { line: 3, expected: 2, actual: 1 },
    ],
    ['row with too many cells', 'a.tsv', 'text\tlabel\nx\ty\t1\n', {}, /:2: .* got 3/, { line: 2, actual: 3 }],
    ['empty text', 'a.tsv', 'text\tlabel\n  \t1\n', {}, /:2, column "text": the text is empty/, { column: 'text' }],
    ['empty label', 'a.tsv', 'text\tlabel\nx\t\n', {}, /:2, column "label": expected a label/, { column: 'label' }],
    ['column named twice', 'a.tsv', 'text\ttext\nx\ty\n', {}, /column "text": the header names this column twice/, {}],
    [
      'word for a number',
      'a.tsv',
      'text\tlabel\nx\thigh\n',
      { kind: 'regression' },
      /expected a number, got "high"/,
      { line: 2 },
    ],
    ['NaN for a number', 'a.tsv', 'text\tlabel\nx\tNaN\n', { kind: 'regression' }, /expected a number/, { line: 2 }],
    [
      'numbers for classes',
      'a.tsv',
      `text\tlabel\n${Array.from({ length: 1100 }, (_, i) => `x\t${i / 7}\n`).join('')}`,
      {},
      /different labels.*regression/,
      { column: 'label' },
    ],
    ['zero bytes', 'a.tsv', Uint8Array.of(0x61, 0x09, 0, 0x0a), {}, /:1: found a zero byte.*binary/, { line: 1 }],
    [
      'other bytes',
      'a.tsv',
      Uint8Array.from([...Buffer.from('text\tlabel\nx\t1\n'), 0xff, 0xfe, 0x80, 0x0a]),
      {},
      /:3: .* not valid UTF-8/,
      { line: 3 },
    ],
    ['UTF-16', 'a.tsv', Buffer.from('\uFEFFtext\tlabel\n', 'utf16le'), {}, /UTF-16/, { line: 1 }],
    ['gzip', 'a.tsv', Uint8Array.of(0x1f, 0x8b, 8, 0), {}, /gzip/, { line: 1 }],
    ['a line without end', 'a.tsv', Buffer.alloc(17 << 20, 0x61), {}, /longer than/, { line: 1 }],
    ['open quote in CSV', 'a.csv', 'text,label\n"x,1\ny,0\n', {}, /not a sound CSV file.*[Qq]uote/, {}],
    [
      'cells in CSV',
      'a.csv',
      'text,label\n"x",1\ny,0,3\n',
      {},
      /:3: expected 2 cells separated by commas .* got 3/,
      { line: 3 },
    ],
    [
      'not JSON',
      'a.jsonl',
      '{"text":"x","label":1}\nnope\n',
      {},
      /:2: expected one JSON object on each line, got "nope"/,
      { line: 2 },
    ],
    ['JSON list', 'a.jsonl', '[1,2]\n', {}, /:1: expected a JSON object/, { line: 1 }],
    [
      'JSON without key',
      'a.jsonl',
      '{"text":"x","label":1}\n{"text":"y"}\n',
      {},
      /:2, column "label": expected a label, got nothing/,
      { line: 2 },
    ],
    [
      'JSON text that is a number',
      'a.jsonl',
      '{"text":5,"label":1}\n',
      {},
      /column "text": expected a text, got "5"/,
      { line: 1 },
    ],
    [
      'tag missing',
      'a.tsv',
      'token\ttag\nRome\n',
      { kind: 'token-classification' },
      /:2: expected a token and its tag/,
      { line: 2 },
    ],
    [
      'unknown tag',
      'a.tsv',
      'a\tO\nb\tB-x\n',
      { kind: 'token-classification', labels: ['O'] },
      /:2: unknown label "B-x". Known labels: O/,
      { line: 2 },
    ],
    [
      'tags and words',
      'a.jsonl',
      '{"tokens":["a","b"],"tags":["O"]}',
      { kind: 'token-classification' },
      /expected 2 tags, one a word; got 1/,
      { expected: 2, actual: 1 },
    ],
    [
      'number of answers',
      'a.tsv',
      'text\tlabel\nx\t1,0\ny\t1\n',
      { kind: 'multi-label' },
      /:3.*expected 2 answers, got 1/,
      { line: 3 },
    ],
    ['answer that is no bit', 'a.tsv', 'text\tlabel\nx\t1,2\n', { kind: 'multi-label' }, /zeros and ones/, { line: 2 }],
    ['token file as texts', 'a.conll', 'a O\n', {}, /token-classification/, {}],
  ];

  it.each(cases)('%s', async (_what, name, content, options, message, fields) => {
    const file = write(name, content);
    const error = await failure(readDataset(file, options));
    expect(error.message).toMatch(message);
    expect(error.message).toContain(file);
    expect(error.code).toBe('INVALID_DATA');
    expect(error.fields).toMatchObject({ file, ...fields });
  });

  it('missing files, folders and unknown formats', async () => {
    expect((await failure(readDataset(join(folder, 'none.tsv')))).code).toBe('NOT_FOUND');
    expect((await failure(readDataset(folder, { format: 'tsv' }))).message).toContain('is a folder');
    const error = await failure(readDataset(write('model.safetensors', 'x')));
    expect(error.message).toMatch(/Can't tell the format.*\.safetensors.*format: 'tsv'/);
  });

  it('labels that can be taken for each other', async () => {
    const file = write('a.tsv', 'text\tlabel\nx\t1\n');
    const labels = [
      { value: '0', name: '1' },
      { value: '1', name: 'one' },
    ];
    expect((await failure(readDataset(file, { labels }))).message).toContain('Two labels are called "1"');
  });

  it('a key that objects inherit', async () => {
    const file = write('a.jsonl', '{"text":"x","__proto__":{"label":1}}\n');
    expect((await failure(readDataset(file))).message).toContain('no column for the label');
    const error = await failure(readDataset(file, { columns: { label: 'constructor' } }));
    expect(error.message).toContain('no column for the label');
  });
});
