import { invalidLine } from './invalid-line.js';

/** A line of a file, without its line end. */
export interface Line {
  readonly text: string;
  /** From 1. */
  readonly number: number;
}

const LONGEST_LINE = 1 << 24;

/**
 * The lines of a UTF-8 stream, one at a time. A final line end makes no further line.
 * @param name of the file, for messages
 * @throws HasheeError `INVALID_DATA` for anything that isn't text in UTF-8
 */
export async function* readLines(chunks: AsyncIterable<unknown>, name: string): AsyncGenerator<Line, void, undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let number = 1;
  let rest = '';
  const refuse = (line: number, problem: string, cause?: unknown): never => {
    throw invalidLine(name, line, problem, cause);
  };
  const decode = (bytes?: Uint8Array): string => {
    try {
      return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true });
    } catch (cause) {
      return refuse(number, 'not text in UTF-8. Is it a binary file, or text in another encoding?', cause);
    }
  };
  const toLine = (text: string): Line => {
    if (text.includes('\0')) refuse(number, 'holds a NUL character, so this is not a text file.');
    return { text: text.endsWith('\r') ? text.slice(0, -1) : text, number: number++ };
  };
  for await (const chunk of chunks) {
    const bytes = typeof chunk === 'string' ? new TextEncoder().encode(chunk) : (chunk as Uint8Array);
    const lines = decode(bytes).split('\n');
    lines[0] = rest + lines[0];
    rest = lines.pop() as string;
    for (const text of lines) yield toLine(text);
    if (rest.length > LONGEST_LINE) refuse(number, `longer than ${LONGEST_LINE} characters.`);
  }
  rest += decode();
  if (rest !== '') yield toLine(rest);
}
