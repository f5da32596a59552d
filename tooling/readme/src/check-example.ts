import { formatWithOptions } from 'node:util';
import { expect, vi } from 'vitest';

/** `…` in an expected line stands for any text, for the digits that differ between machines. */
function pattern(line: string): RegExp {
  const parts = line.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's');
}

/**
 * Runs an example, and compares what it prints with its `// → ` comments, if it has any.
 * @param load imports the example, which runs it
 */
export async function checkExample(load: () => Promise<unknown>, prints: readonly string[]): Promise<void> {
  const printed: string[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((...values: unknown[]) => {
    printed.push(formatWithOptions({ breakLength: Number.POSITIVE_INFINITY }, ...values));
  });
  try {
    await load();
  } finally {
    log.mockRestore();
  }
  if (prints.length === 0) return;
  const agrees = printed.length === prints.length && printed.every((line, i) => pattern(prints[i]).test(line));
  if (!agrees) expect(printed).toEqual(prints);
}
