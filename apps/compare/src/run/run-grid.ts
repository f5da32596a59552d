import type { Backend } from '@hashee/core';
import { throwIfAborted } from '@hashee/core';
import type { Grid } from '../grid/grid.js';
import type { Cell } from '../plan/plan-cells.js';
import { type PlannedCell, remainingSeconds } from '../plan/planned-cell.js';
import type { CellResult, Comparison } from '../results/cell-result.js';
import { readCell, writeCell, writeComparison } from '../results/result-files.js';
import { type CellEvent, runCell } from './run-cell.js';
import type { Workshop } from './workshop.js';

/** What a grid does, while it does it. */
export type GridEvent =
  | {
      readonly type: 'begin';
      readonly cell: Cell;
      readonly index: number;
      readonly total: number;
      readonly remainingSeconds: number;
    }
  | { readonly type: 'cell'; readonly cell: Cell; readonly event: CellEvent }
  | { readonly type: 'end'; readonly cell: Cell; readonly result: CellResult };

export interface RunGridOptions {
  /** Where results go. */
  readonly output: string;
  readonly backend: Backend;
  readonly threads: number;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: GridEvent) => void) | undefined;
}

/** What there is of a plan: results that fit what the grid says now, and those that don't. */
export async function inspectCells(
  cells: readonly Cell[],
  workshop: Workshop,
  output: string,
  signal?: AbortSignal,
): Promise<PlannedCell[]> {
  const planned: PlannedCell[] = [];
  for (const cell of cells) {
    throwIfAborted(signal, 'Planning');
    const fingerprint = await workshop.fingerprint(cell, signal);
    const found = await readCell(output, cell.id);
    const result = found?.fingerprint === fingerprint ? found : undefined;
    const effort = await workshop.effort(cell, signal);
    planned.push({ cell, fingerprint, effort, result, stale: found !== undefined && result === undefined });
  }
  return planned;
}

/**
 * Makes the cells that have no result yet, one after another. Each result is written when its cell is done, so that an
 * interruption of any kind loses no finished cell; a training that was under way goes on from its last checkpoint.
 * @param all the whole plan; what is combined
 * @param chosen those of it that are to be made
 * @throws HasheeError `ABORTED`, and what a cell throws
 */
export async function runGrid(
  all: readonly PlannedCell[],
  chosen: readonly PlannedCell[],
  workshop: Workshop,
  options: RunGridOptions,
): Promise<Comparison> {
  const { output, backend, threads, signal, onEvent } = options;
  const state = new Map(all.map((planned) => [planned.cell.id, planned]));
  for (const [index, { cell }] of chosen.entries()) {
    const planned = state.get(cell.id);
    if (!planned || planned.result) continue;
    throwIfAborted(signal, 'The comparison');
    const remaining = remainingSeconds(chosen.map((each) => state.get(each.cell.id) ?? each));
    onEvent?.({ type: 'begin', cell, index, total: chosen.length, remainingSeconds: remaining });
    const result = await runCell(cell, workshop, {
      ...{ backend, threads, signal },
      onEvent: (event) => onEvent?.({ type: 'cell', cell, event }),
    });
    await writeCell(output, result);
    state.set(cell.id, { ...planned, result });
    onEvent?.({ type: 'end', cell, result });
    await writeAll(output, workshop.grid, state);
    if (!workshop.grid.keepModels) await forgetTraining(cell, [...state.values()], workshop);
  }
  return writeAll(output, workshop.grid, state);
}

/**
 * Writes all that there is. Another process may be making other cells of the same grid: what it has finished is taken in, and
 * what it finishes meanwhile is looked for after writing, so that whoever writes last has written everything.
 */
async function writeAll(output: string, grid: Grid, state: Map<string, PlannedCell>): Promise<Comparison> {
  await takeFinished(output, state);
  while (true) {
    const comparison = combine(grid, [...state.values()]);
    await writeComparison(output, comparison);
    if (!(await takeFinished(output, state))) return comparison;
  }
}

/** @returns true where there were results that `state` lacked */
async function takeFinished(output: string, state: Map<string, PlannedCell>): Promise<boolean> {
  let found = false;
  for (const [id, planned] of state) {
    if (planned.result) continue;
    const result = await readCell(output, id);
    if (result?.fingerprint !== planned.fingerprint) continue;
    state.set(id, { ...planned, result });
    found = true;
  }
  return found;
}

/** All that is there, as one file. */
export function combine(grid: Grid, cells: readonly PlannedCell[]): Comparison {
  return {
    format: 'hashee-comparison',
    version: 1,
    title: grid.title,
    date: new Date().toISOString(),
    grid: JSON.parse(JSON.stringify(grid)),
    planned: cells.map(({ cell }) => cell.id),
    cells: cells.flatMap(({ result }) => (result ? [result] : [])),
  };
}

/** A training goes when no cell that is still to be made shares it. */
export async function forgetTraining(cell: Cell, cells: readonly PlannedCell[], workshop: Workshop): Promise<void> {
  const directory = await workshop.directory(cell);
  for (const other of cells) if (!other.result && (await workshop.directory(other.cell)) === directory) return;
  await workshop.forget(cell);
}
