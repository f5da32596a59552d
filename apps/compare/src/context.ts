import type { Backend } from '@hashee/core';
import type { OutputStream } from './terminal/output-stream.js';

/** Everything the command touches of the world it runs in. */
export interface Context {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted at the first Ctrl-C. */
  readonly signal: AbortSignal;
  /** Makes the runtime that computes. */
  readonly createBackend: (threads: number) => Promise<Backend>;
}
