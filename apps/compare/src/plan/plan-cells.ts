import { type Method, methods } from '@hashee/baselines';
import { tasks } from '@hashee/eval';
import type { Grid, GridMethod, GridRecipe, GridSelection, GridTask } from '../grid/grid.js';
import { asTaskName } from '../grid/grid-schema.js';

/** One training and what is measured of it: the unit that is run, kept and made again. */
export interface Cell {
  /** Such as `sst-2.hashee-frequency.2x.seed-1`. */
  readonly id: string;
  readonly task: GridTask;
  readonly method: Method;
  readonly seed: number;
  /** Speed-ups that are chosen from it; one where each needs a training of its own. */
  readonly targets: readonly number[];
  readonly recipe: GridRecipe;
  readonly stages: NonNullable<GridMethod['stages']>;
  /** Those of its targets whose settings are timed as well. */
  readonly timed: readonly number[];
  /** Shows the words of sentences with their layers. */
  readonly sentences: number;
}

/**
 * The cells of a grid: seed by seed and task by task, so that what is cached is used while it is fresh; dense first. Where the
 * grid has an order of its own, that goes before.
 */
export function planCells(grid: Grid): Cell[] {
  const chosen = [...grid.methods].sort((a, b) => Number(b.name === 'dense') - Number(a.name === 'dense'));
  const cells = grid.seeds.flatMap((seed) =>
    grid.tasks.flatMap((task) =>
      chosen.flatMap(({ name, recipe, stages = {}, tasks: only, targets = grid.targets }): Cell[] => {
        const method = methods[name];
        const kind = tasks[asTaskName(task.name)].kind;
        if ((only && !only.includes(task.name)) || !(method.tasks as readonly string[]).includes(kind)) return [];
        const common = {
          ...{ task, method, seed },
          recipe: { ...grid.recipe, ...task.recipe, ...recipe },
          sentences: seed === grid.seeds[0] ? grid.sentences : 0,
        };
        const cell = (wanted: readonly number[], speed = ''): Cell => ({
          id: `${task.name}.${name}${speed}.seed-${seed}`,
          ...common,
          stages: stagesFor(method, stages, wanted),
          targets: wanted,
          timed: isTimed(grid, { task: task.name, method: name, seed })
            ? wanted.filter((target) => method.family === 'dense' || among(target, grid.latency?.targets))
            : [],
        });
        if (method.family === 'dense') return [cell([1])];
        return method.perSpeedup ? targets.map((target) => cell([target], `.${target}x`)) : [cell(targets)];
      }),
    ),
  );
  return cells.sort((a, b) => placeOf(a, grid.order) - placeOf(b, grid.order));
}

/** Without those of other speed-ups, which don't touch these. */
function stagesFor(method: Method, stages: Cell['stages'], targets: readonly number[]): Cell['stages'] {
  const ofSpeedups = method.stages?.filter(({ per }) => per === 'speedup').map(({ name }) => name) ?? [];
  const isOther = (key: string): boolean =>
    ofSpeedups.some((name) => key.startsWith(`${name}-`) && targets.every((target) => key !== `${name}-${target}`));
  return Object.fromEntries(Object.entries(stages).filter(([key]) => !isOther(key)));
}

function isTimed(
  { latency, seeds: [first] }: Grid,
  { task, method, seed }: { readonly task: string; readonly method: string; readonly seed: number },
): boolean {
  if (!latency) return false;
  const { seeds = [first], tasks, methods } = latency;
  return seeds.includes(seed) && among(task, tasks) && among(method, methods);
}

function among<T>(value: T, list: readonly T[] | undefined): boolean {
  return !list || list.includes(value);
}

/** Index of the first entry that names a cell; after all of them where none does. */
function placeOf({ task, method, seed, targets }: Cell, order: readonly GridSelection[]): number {
  const place = order.findIndex(
    (entry) =>
      among(task.name, entry.tasks) &&
      among(method.name, entry.methods) &&
      among(seed, entry.seeds) &&
      (!method.perSpeedup || among(targets[0], entry.targets)),
  );
  return place < 0 ? order.length : place;
}
