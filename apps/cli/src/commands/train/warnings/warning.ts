import { paintFor } from '@hashee/terminal';
import type { Context } from '../../../context.js';

/** Something that doesn't stop a run, but is likely not what was meant. */
export interface Warning {
  /** What was seen. */
  readonly seen: string;
  /** What to do about it. */
  readonly advice: string;
}

/** Two lines each. */
export function showWarnings(warnings: readonly Warning[], { stderr, env }: Context): void {
  const paint = paintFor(stderr, env);
  for (const { seen, advice } of warnings) stderr.write(`${paint('yellow', 'warning:')} ${seen}\n  ${advice}\n`);
}
