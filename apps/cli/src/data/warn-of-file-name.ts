import { stat } from 'node:fs/promises';
import { paintFor, printable } from '@hashee/terminal';
import type { Context } from '../context.js';

/** Says so where the one text of a command line is the name of a file, which is answered as a text all the same. */
export async function warnOfFileName(
  texts: readonly string[],
  { stderr, env }: Pick<Context, 'stderr' | 'env'>,
): Promise<void> {
  if (texts.length !== 1 || /\s/u.test(texts[0])) return;
  const isFile = await stat(texts[0]).then(
    (found) => found.isFile(),
    () => false,
  );
  if (!isFile) return;
  const name = printable(texts[0]);
  stderr.write(
    `${paintFor(stderr, env)('yellow', 'warning:')} "${name}" is taken as a text. There is a file of that name: --file ${name} reads it.\n`,
  );
}
