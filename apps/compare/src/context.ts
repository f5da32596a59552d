import type { Backend } from '@hashee/core';
import type { TerminalContext } from '@hashee/terminal';

/** Everything the command touches of the world it runs in. */
export interface Context extends TerminalContext {
  /** Makes the runtime that computes. */
  readonly createBackend: (threads: number) => Promise<Backend>;
}
