import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Random } from '@hashee/core';

const GOOD = ['good', 'great', 'fine', 'story', 'actor'];
const BAD = ['bad', 'awful', 'dull', 'plot', 'end'];

/** Writes sst-2 and mrpc folders in the layout of the shared data: what is said of films, and pairs that say the same or not. */
export async function writeTaskFiles(directory: string): Promise<void> {
  const random = new Random(7);
  const text = (words: readonly string[]): string =>
    ['the', 'film', 'is', ...Array.from({ length: 1 + random.below(4) }, () => words[random.below(words.length)])].join(
      ' ',
    );
  for (const [split, count] of [
    ['train', 60],
    ['dev', 30],
  ] as const) {
    const labels = Array.from({ length: count }, (_, index) => index % 2);
    const single = labels.map((label) => `${text(label === 1 ? GOOD : BAD)}\t${label}`);
    const pairs = labels.map((label) => `${text(GOOD)}\t${text(label === 1 ? GOOD : BAD)}\t${label}`);
    await mkdir(join(directory, 'sst-2'), { recursive: true });
    await mkdir(join(directory, 'mrpc'), { recursive: true });
    await writeFile(join(directory, 'sst-2', `${split}.tsv`), `sentence\tlabel\n${single.join('\n')}\n`);
    await writeFile(join(directory, 'mrpc', `${split}.tsv`), `sentence1\tsentence2\tlabel\n${pairs.join('\n')}\n`);
  }
}
