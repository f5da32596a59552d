import { spread } from '@hashee/eval';
import type { CellResult, ChosenPoint } from './cell-result.js';
import { seedSpread } from './seed-spread.js';
import type { SummaryHash } from './summary.js';

/** A hash at each speed-up: the seeds that get there, or, where none does, all, marked as not reached. */
export function hashesOf(cells: readonly CellResult[], targets: readonly number[]): SummaryHash[] {
  return targets.flatMap((target): SummaryHash[] => {
    const all = cells.flatMap((cell) =>
      chosenFor(cell, target).map((point) => ({ point, counts: cell.tokensByLayer })),
    );
    const fast = all.filter(({ point }) => point.reached);
    const found = fast.length > 0 ? fast : all;
    const counts = found.find((each) => each.counts)?.counts;
    if (!counts) return [];
    const points = found.map(({ point }) => point);
    const total = counts.reduce((sum, count) => sum + count, 0);
    return [
      {
        ...{ method: cells[0].method, target, reached: fast.length > 0, tooSlow: all.length - fast.length },
        score: seedSpread(points, cells[0].data.dev),
        speedup: spread(points.map(({ speedup }) => speedup)).mean,
        meanExit: spread(points.map(({ meanExit }) => meanExit)).mean,
        shares: counts.map((count) => (total > 0 ? count / total : 0)),
      },
    ];
  });
}

function chosenFor({ chosen }: CellResult, target: number): ChosenPoint[] {
  return chosen.filter((each) => each.target === target);
}
