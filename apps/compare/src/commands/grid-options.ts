import { basename, join } from 'node:path';
import { HasheeError } from '@hashee/core';
import type { Context } from '../context.js';
import { readGrid } from '../grid/read-grid.js';
import { type Cell, planCells } from '../plan/plan-cells.js';
import type { PlannedCell } from '../plan/planned-cell.js';
import { inspectCells } from '../run/run-grid.js';
import { Workshop } from '../run/workshop.js';

export interface GridOptions {
  readonly data?: string | undefined;
  readonly output?: string | undefined;
  readonly work: string;
  readonly encoder?: string | undefined;
  readonly tasks?: readonly string[] | undefined;
  readonly methods?: readonly string[] | undefined;
  readonly seeds?: readonly string[] | undefined;
  readonly threads?: number | undefined;
  readonly keepModels?: true | undefined;
  readonly quiet?: true | undefined;
}

export interface CellOptions extends GridOptions {
  readonly keep?: true | undefined;
  readonly fresh?: true | undefined;
}

/** A grid, opened: its cells with what is there of them. */
export interface OpenedGrid {
  readonly workshop: Workshop;
  readonly output: string;
  readonly threads: number;
  readonly cells: readonly PlannedCell[];
  /** Those that the command line asks for. */
  readonly chosen: readonly PlannedCell[];
}

/** @throws HasheeError `INVALID_ARGUMENT`, `NOT_FOUND`, `INVALID_DATA`, `IO`, `ABORTED` */
export async function openGrid(path: string, options: GridOptions, context: Context): Promise<OpenedGrid> {
  const read = await readGrid(path);
  const keepModels = options.keepModels ?? read.grid.keepModels;
  const file = { ...read, grid: { ...read.grid, keepModels } };
  const data = options.data ?? context.env['HASHEE_DATA'];
  if (!data)
    throw new HasheeError('INVALID_ARGUMENT', 'Where is the data? Give --data, or set the variable HASHEE_DATA.');
  const { work, encoder } = options;
  const workshop = new Workshop({ file, data, work, encoder });
  const output = options.output ?? join('results', basename(path, '.json'));
  const cells = await inspectCells(planCells(file.grid), workshop, output, context.signal);
  const chosen = cells.filter(({ cell }) => isChosen(cell, options));
  if (chosen.length === 0)
    throw new HasheeError('INVALID_ARGUMENT', 'The grid has no such cells. `hashee-compare plan` lists them.', {
      fields: { tasks: options.tasks, methods: options.methods, seeds: options.seeds },
    });
  return { workshop, output, threads: options.threads ?? file.grid.threads, cells, chosen };
}

function isChosen({ task, method, seed }: Cell, { tasks, methods, seeds }: GridOptions): boolean {
  const among = (value: string, list: readonly string[] | undefined): boolean => !list || list.includes(value);
  return among(task.name, tasks) && among(method.name, methods) && among(String(seed), seeds);
}
