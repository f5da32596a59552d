import type { OutputStream } from './terminal/output-stream.js';

/** Everything the command touches of the world it runs in. */
export interface Context {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted at the first Ctrl-C. */
  readonly signal: AbortSignal;
  /** Options of Node for processes of a row's own. @default those of this process */
  readonly execArgv?: readonly string[] | undefined;
  /** Program of the peers' worker threads, where it isn't in its place. */
  readonly poolWorker?: string | undefined;
}
