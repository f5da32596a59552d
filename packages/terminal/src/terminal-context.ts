import type { OutputStream } from './output-stream.js';

/** What every command touches of the world it runs in. */
export interface TerminalContext {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted at the first Ctrl-C, or when stdout is closed. */
  readonly signal: AbortSignal;
}
