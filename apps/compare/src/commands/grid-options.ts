import { basename, join } from 'node:path';
import { HasheeError } from '@hashee/core';
import type { Context } from '../context.js';
import type { Grid } from '../grid/grid.js';
import { readGrid } from '../grid/read-grid.js';
import { type Cell, planCells } from '../plan/plan-cells.js';
import type { PlannedCell } from '../plan/planned-cell.js';
import { inspectCells } from '../run/run-grid.js';
import { WHERE_DATA } from '../run/task-data.js';
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

/**
 * @param id of a cell: opens only what may share something with it, so that the data of other tasks isn't needed. @default everything
 * @throws HasheeError `INVALID_ARGUMENT`, `NOT_FOUND`, `INVALID_DATA`, `IO`, `ABORTED`
 */
export async function openGrid(path: string, options: GridOptions, context: Context, id?: string): Promise<OpenedGrid> {
  const read = await readGrid(path);
  const keepModels = options.keepModels ?? read.grid.keepModels;
  const file = { ...read, grid: { ...read.grid, keepModels } };
  const data = options.data ?? context.env['HASHEE_DATA'];
  if (!data) throw new HasheeError('INVALID_ARGUMENT', `Where is the data? ${WHERE_DATA}`);
  const { work, encoder } = options;
  const workshop = new Workshop({ file, data, work, encoder });
  const output = options.output ?? join('results', basename(path, '.json'));
  assertNamed(file.grid, options);
  const planned = planCells(file.grid);
  const cells = await inspectCells(
    id === undefined ? planned : besideCell(planned, id),
    ...([workshop, output, context.signal] as const),
  );
  const chosen = cells.filter(({ cell }) => isChosen(cell, options));
  if (chosen.length === 0)
    throw new HasheeError(
      'INVALID_ARGUMENT',
      'The grid has no cell of these tasks, methods and seeds. `hashee-compare plan` lists those it has.',
      {
        fields: { tasks: options.tasks, methods: options.methods, seeds: options.seeds },
      },
    );
  return { workshop, output, threads: options.threads ?? file.grid.threads, cells, chosen };
}

/** The cells of the task of one of them. */
function besideCell(cells: readonly Cell[], id: string): Cell[] {
  const task = cells.find((cell) => cell.id === id)?.task.name;
  if (task === undefined)
    throw new HasheeError('INVALID_ARGUMENT', `The grid has no cell ${id}. \`hashee-compare plan\` lists them.`, {
      fields: { id },
    });
  return cells.filter((cell) => cell.task.name === task);
}

/** A name that is typed wrong would silently leave out what it means. */
function assertNamed(grid: Grid, options: GridOptions): void {
  const has = {
    tasks: grid.tasks.map(({ name }) => name),
    methods: grid.methods.map(({ name }) => name),
    seeds: grid.seeds.map(String),
  };
  for (const kind of ['tasks', 'methods', 'seeds'] as const) {
    const unknown = (options[kind] ?? []).filter((name) => !has[kind].includes(name));
    if (unknown.length > 0)
      throw new HasheeError(
        'INVALID_ARGUMENT',
        `--${kind}: the grid lacks ${unknown.map((name) => `"${name}"`).join(', ')}. It has ${has[kind].join(', ')}.`,
        { fields: { option: `--${kind}`, unknown, known: has[kind] } },
      );
  }
}

function isChosen({ task, method, seed }: Cell, { tasks, methods, seeds }: GridOptions): boolean {
  const among = (value: string, list: readonly string[] | undefined): boolean => !list || list.includes(value);
  return among(task.name, tasks) && among(method.name, methods) && among(String(seed), seeds);
}
