import type { CellResult } from '../results/cell-result.js';
import { secondsFor } from './effort.js';
import type { Cell } from './plan-cells.js';

/** A cell of the plan and what is known of it. */
export interface PlannedCell {
  readonly cell: Cell;
  readonly fingerprint: string;
  readonly effort: number;
  /** Absent where it has to be made. */
  readonly result: CellResult | undefined;
  /** There is a result, but of other settings, data or encoder. */
  readonly stale: boolean;
}

/** Seconds that the missing cells will take, from those that are done. */
export function remainingSeconds(cells: readonly PlannedCell[]): number {
  const done = cells.flatMap(({ result }) => (result ? [result] : []));
  return cells.reduce((sum, { result, effort }) => sum + (result ? 0 : secondsFor(effort, done)), 0);
}
