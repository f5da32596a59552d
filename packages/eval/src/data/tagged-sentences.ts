import { excerpt, invalidData } from './invalid-data.js';
import { textLines } from './text-lines.js';

/** Words with the tags as they stand in the file. */
export interface TaggedSentence {
  readonly words: readonly string[];
  /** `[words]`; absent in unlabelled files. */
  readonly tags?: readonly string[] | undefined;
  /** Line of each word. */
  readonly lines: readonly number[];
}

const TOKEN_HEADERS = new Set(['token', 'tokens', 'word', 'words']);
const TAG_HEADERS = new Set(['tag', 'tags', 'label', 'labels', 'ner', 'ner_tag', 'ner_tags']);

/**
 * Sentences of a file with one token a line: token first, tag last, between them a tab (or, in lines without a tab,
 * blanks) and any columns that are passed over. Sentences are apart by empty lines; a header line and `-DOCSTART-` lines
 * are skipped.
 * @throws HasheeError as `textLines`, and `INVALID_DATA` where a line lacks its tag
 */
export async function* taggedSentences(
  file: string,
  options: { readonly unlabelled?: boolean | undefined; readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<TaggedSentence, void, undefined> {
  let words: string[] = [];
  let tags: string[] = [];
  let lines: number[] = [];
  const sentence = (): TaggedSentence => ({ words, ...(options.unlabelled ? {} : { tags }), lines });
  for await (const { number: line, text } of textLines(file, options.signal)) {
    const cells = text.includes('\t') ? text.split('\t') : text.trim().split(/\s+/);
    const last = cells[cells.length - 1];
    if (text.trim() === '' || cells[0] === '-DOCSTART-') {
      if (words.length > 0) yield sentence();
      words = [];
      tags = [];
      lines = [];
      continue;
    }
    if (
      line === 1 &&
      TOKEN_HEADERS.has(cells[0].toLowerCase()) &&
      (cells.length === 1 || TAG_HEADERS.has(last.toLowerCase()))
    )
      continue;
    if (cells[0] === '' || (!options.unlabelled && (cells.length < 2 || last === '')))
      throw invalidData({ file, line }, `expected a token and its tag separated by a tab, got ${excerpt(text)}.`);
    words.push(cells[0]);
    tags.push(last);
    lines.push(line);
  }
  if (words.length > 0) yield sentence();
}
