/** One fenced block of a guide: a file that it shows, or commands. */
export interface GuideBlock {
  /** Such as `sh`, `ts` or `tsv`. */
  readonly language: string;
  /** The second word after the fence: where the reader puts it. */
  readonly file: string | undefined;
  readonly code: string;
  /** Line of the first line of code in the file, from 1. */
  readonly line: number;
  /** What a program should print: the text of each `// → ` comment. */
  readonly prints: readonly string[];
}

/** All fenced blocks of a Markdown file, in order. */
export function readGuide(markdown: string): GuideBlock[] {
  const blocks: GuideBlock[] = [];
  const lines = markdown.split(/\r?\n/);
  for (let i = 0; i < lines.length; i++) {
    const fence = /^(`{3,})\s*(\S*)\s*(\S*)/.exec(lines[i]);
    if (!fence) continue;
    const first = i + 1;
    do i++;
    while (i < lines.length && lines[i].trimEnd() !== fence[1]);
    const body = lines.slice(first, i);
    blocks.push({
      language: fence[2],
      file: fence[3] || undefined,
      code: `${body.join('\n')}\n`,
      line: first + 1,
      prints: body.flatMap((line) => /\/\/ → (.*)$/.exec(line)?.[1].trimEnd() ?? []),
    });
  }
  return blocks;
}
