import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { HasheeError, throwIfAborted } from '@hashee/core';
import { invalidData } from './invalid-data.js';

/** A longer line is not text that anyone wrote; without a limit a hostile file would fill the memory. */
const LONGEST_LINE = 16 * 1024 * 1024;
const NEWLINE = 0x0a;

export interface TextLine {
  /** Counts from 1. */
  readonly number: number;
  /** Without its line end. */
  readonly text: string;
}

/**
 * The lines of a UTF-8 file, read piece by piece. Line ends are `\n` or `\r\n`; a byte order mark is dropped.
 * @throws HasheeError `NOT_FOUND` (no such file), `IO`, `INVALID_DATA` (binary, not UTF-8), `ABORTED`
 */
export async function* textLines(file: string, signal?: AbortSignal): AsyncGenerator<TextLine, void, undefined> {
  await assertFile(file);
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let number = 0;
  const decode = (bytes: Uint8Array): TextLine => {
    number++;
    if (number === 1) refuseOtherEncodings(file, bytes);
    const zero = bytes.indexOf(0);
    if (zero >= 0)
      throw invalidData({ file, line: number }, 'found a zero byte. This is a binary file; expected UTF-8 text.');
    const end = bytes.length > 0 && bytes[bytes.length - 1] === 0x0d ? bytes.length - 1 : bytes.length;
    try {
      const text = decoder.decode(bytes.subarray(0, end));
      return { number, text: number === 1 && text.startsWith('\uFEFF') ? text.slice(1) : text };
    } catch (cause) {
      throw invalidData(
        { file, line: number },
        'the bytes are not valid UTF-8. Expected UTF-8 text; convert the file, for example with iconv -t UTF-8.',
        { cause },
      );
    }
  };

  let rest: Uint8Array[] = [];
  let restLength = 0;
  try {
    for await (const piece of createReadStream(file, { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>) {
      throwIfAborted(signal, `Reading ${file}`);
      let from = 0;
      for (let to = piece.indexOf(NEWLINE); to >= 0; to = piece.indexOf(NEWLINE, from)) {
        const tail = piece.subarray(from, to);
        yield decode(rest.length > 0 ? Buffer.concat([...rest, tail]) : tail);
        rest = [];
        restLength = 0;
        from = to + 1;
      }
      if (from < piece.length) {
        rest.push(piece.subarray(from));
        restLength += piece.length - from;
        if (restLength > LONGEST_LINE)
          throw invalidData(
            { file, line: number + 1 },
            `the line is longer than ${LONGEST_LINE} bytes. Expected one example a line.`,
            { fields: { limit: LONGEST_LINE } },
          );
      }
    }
  } catch (error) {
    if (HasheeError.isInstance(error)) throw error;
    throw new HasheeError('IO', `Can't read ${file}: ${(error as Error).message}`, { fields: { file }, cause: error });
  }
  if (restLength > 0) yield decode(Buffer.concat(rest));
}

async function assertFile(file: string): Promise<void> {
  try {
    if ((await stat(file)).isDirectory())
      throw new HasheeError('INVALID_ARGUMENT', `${file} is a folder; expected a data file.`, { fields: { file } });
  } catch (error) {
    if (HasheeError.isInstance(error)) throw error;
    const missing = ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
    throw new HasheeError(
      missing ? 'NOT_FOUND' : 'IO',
      missing ? `There is no file ${file}.` : `Can't read ${file}: ${(error as Error).message}`,
      { fields: { file }, cause: error },
    );
  }
}

function refuseOtherEncodings(file: string, bytes: Uint8Array): void {
  const [first, second] = bytes;
  const problem =
    (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)
      ? 'the file is UTF-16; save it as UTF-8.'
      : first === 0x1f && second === 0x8b
        ? 'the file is compressed with gzip; unpack it first.'
        : undefined;
  if (problem) throw invalidData({ file, line: 1 }, problem);
}
