/** One fenced `ts` or `typescript` block of a Markdown file. */
export interface Example {
  /** True for `ts`; a `typescript` block is only type-checked. */
  readonly runs: boolean;
  /** The heading above it, with the number of the block under that heading where there are several. */
  readonly title: string;
  readonly code: string;
  /** Line of the first line of code in the file, from 1. */
  readonly line: number;
  /** What `console.log` should print: the text of each `// → ` comment. */
  readonly prints: readonly string[];
}

/** The examples of a Markdown file, in order. Blocks of other languages are left alone. */
export function readExamples(markdown: string): Example[] {
  const examples: Example[] = [];
  const lines = markdown.split(/\r?\n/);
  let heading = 'README';
  let under = 0;
  for (let i = 0; i < lines.length; i++) {
    const title = /^#{1,6}\s+(.*)$/.exec(lines[i])?.[1];
    if (title) {
      heading = title.trim();
      under = 0;
    }
    const fence = /^(`{3,})\s*(\S*)/.exec(lines[i]);
    if (!fence) continue;
    const first = i + 1;
    do i++;
    while (i < lines.length && lines[i].trimEnd() !== fence[1]);
    if (fence[2] !== 'ts' && fence[2] !== 'typescript') continue;
    const body = lines.slice(first, i);
    const prints = body.flatMap((line) => /\/\/ → (.*)$/.exec(line)?.[1].trimEnd() ?? []);
    under++;
    examples.push({
      runs: fence[2] === 'ts',
      title: under === 1 ? heading : `${heading} (${under})`,
      code: `${body.join('\n')}\n`,
      line: first + 1,
      prints,
    });
  }
  return examples;
}
