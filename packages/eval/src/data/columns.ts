import type { DataKind } from './example.js';
import { invalidData } from './invalid-data.js';
import type { Row } from './row.js';

/** Which columns to read, by their names in the header (or the keys of JSON objects). */
export interface Columns {
  /** One column, or two for pairs. @default `sentence`, `text`, or a pair: `sentence1`/`sentence2`, `text1`/`text2`, `premise`/`hypothesis`, `question1`/`question2` */
  readonly text?: string | readonly [first: string, second: string] | undefined;
  /** @default `label`, or `score` for regression */
  readonly label?: string | undefined;
  /** Words of a sentence, in JSONL files of tagged sentences. @default `tokens`, `words` */
  readonly words?: string | undefined;
  /** Tags of the words, in JSONL files of tagged sentences. @default `tags`, `ner_tags`, `labels` */
  readonly tags?: string | undefined;
  /** Input of generation. @default `source` */
  readonly source?: string | undefined;
  /** Output of generation. @default `target` */
  readonly target?: string | undefined;
}

/** The part a column plays, and the columns that play it in one file. */
export type ColumnRoles = Readonly<Partial<Record<keyof Columns, readonly string[]>>>;

type Role = keyof Columns;

const NAMES: Readonly<Record<Role, readonly (readonly string[])[]>> = {
  text: [
    ['sentence'],
    ['text'],
    ['sentence1', 'sentence2'],
    ['text1', 'text2'],
    ['premise', 'hypothesis'],
    ['question1', 'question2'],
  ],
  label: [['label']],
  words: [['tokens'], ['words']],
  tags: [['tags'], ['ner_tags'], ['labels']],
  source: [['source']],
  target: [['target']],
};

const INPUT_AND_ANSWER: Readonly<Record<DataKind, readonly [input: Role, answer: Role]>> = {
  'sequence-classification': ['text', 'label'],
  regression: ['text', 'label'],
  'multi-label': ['text', 'label'],
  'token-classification': ['words', 'tags'],
  generation: ['source', 'target'],
};

/**
 * Finds the columns of a kind of data in the first row of a file.
 * @throws HasheeError `INVALID_DATA` with the columns found and those looked for
 */
export function findColumns(
  file: string,
  row: Row,
  kind: DataKind,
  given: Columns = {},
  unlabelled = false,
): ColumnRoles {
  const found = row.columns;
  const [input, answer] = INPUT_AND_ANSWER[kind];
  const resolve = (role: Role): readonly string[] => {
    const wanted = given[role];
    const choices = wanted !== undefined ? [typeof wanted === 'string' ? [wanted] : wanted] : defaults(role, kind);
    const choice = choices.find((names) => names.every((name) => found.includes(name)));
    if (choice) return choice;
    const missing = choices[0].filter((name) => !found.includes(name));
    const expected = choices.map((names) => names.map((name) => `"${name}"`).join(' and ')).join(', or ');
    throw invalidData(
      { file, line: row.line, column: missing[0] },
      `no column for the ${role} of ${kind}: expected ${expected}; the file has ${found.map((name) => `"${name}"`).join(', ') || 'none'}. Rename the column or say which one it is with the option columns.${role}.`,
      { fields: { role, expected: choices, found: [...found] } },
    );
  };
  return { [input]: resolve(input), ...(unlabelled ? {} : { [answer]: resolve(answer) }) };
}

function defaults(role: Role, kind: DataKind): readonly (readonly string[])[] {
  return role === 'label' && kind === 'regression' ? [...NAMES.label, ['score']] : NAMES[role];
}
