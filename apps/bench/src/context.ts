import type { TerminalContext } from '@hashee/terminal';

/** Everything the command touches of the world it runs in. */
export interface Context extends TerminalContext {
  /** Options of Node for processes of a row's own. @default those of this process */
  readonly execArgv?: readonly string[] | undefined;
  /** Program of the peers' worker threads, where it isn't in its place. */
  readonly poolWorker?: string | undefined;
}
