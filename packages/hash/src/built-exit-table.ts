import type { ExitTable } from '@hashee/core';
import type { ReachedTarget } from './target.js';

/** An exit table with what is known only while it is built. Only the fields of `ExitTable` are saved with a model. */
export interface BuiltExitTable extends ExitTable {
  /** Ids that the hash has put in order, first to exit first. All others are special or unseen and exit at L. */
  readonly ranking?: Int32Array | undefined;
  /** Present where a target was given. */
  readonly target?: ReachedTarget | undefined;
}
