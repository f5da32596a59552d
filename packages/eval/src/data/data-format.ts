import { extname } from 'node:path';
import { HasheeError } from '@hashee/core';

/** `tagged`: a token and its tag on each line, sentences apart by an empty line (CoNLL, BIO). */
export type DataFormat = 'tsv' | 'csv' | 'jsonl' | 'tagged';

const BY_EXTENSION: Readonly<Record<string, DataFormat>> = {
  '.tsv': 'tsv',
  '.csv': 'csv',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.conll': 'tagged',
  '.bio': 'tagged',
};

/**
 * The format by the file's extension; TSV files of tagged sentences hold a token a line.
 * @throws HasheeError `INVALID_ARGUMENT` for other extensions
 */
export function formatOf(file: string, tagged: boolean): DataFormat {
  const extension = extname(file).toLowerCase();
  const format = BY_EXTENSION[extension];
  if (!format)
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `Can't tell the format of ${file} by its extension "${extension}". Known: ${Object.keys(BY_EXTENSION).join(', ')}. Rename it or give the option format: 'tsv', 'csv', 'jsonl' or 'tagged'.`,
      { fields: { file, extension } },
    );
  return format === 'tsv' && tagged ? 'tagged' : format;
}
