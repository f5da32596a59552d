import type { Workspace } from './workspace.js';

/** A place that breaks a rule. */
export interface Violation {
  readonly path: string;
  /** From 1, where the rule is about a line. */
  readonly line?: number | undefined;
  readonly message: string;
}

/** Something that has to hold in the whole workspace. */
export interface Rule {
  readonly name: string;
  check(workspace: Workspace): Violation[];
}
