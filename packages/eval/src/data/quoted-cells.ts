import { textLines } from './text-lines.js';

const QUOTED = /^"(?:[^"]|"")*"$/;

/** True where a CSV writer made the TSV file: there are cells with a `"`, and each of them is quoted. */
export async function hasQuotedCells(file: string, signal?: AbortSignal): Promise<boolean> {
  let found = false;
  for await (const { text } of textLines(file, signal)) {
    if (!text.includes('"')) continue;
    if (!text.split('\t').every((cell) => !cell.includes('"') || QUOTED.test(cell))) return false;
    found = true;
  }
  return found;
}

/** `"a ""b"""` is `a "b"`; other cells stay as they are. */
export function unquote(cell: string): string {
  return QUOTED.test(cell) ? cell.slice(1, -1).replaceAll('""', '"') : cell;
}
