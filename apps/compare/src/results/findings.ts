import { percent } from './cell-text.js';
import { clockFindings } from './clock-findings.js';
import { ahead } from './difference.js';
import type { SeedSpread, SummaryCell, SummaryMethod, SummaryTask } from './summary.js';

/** By which a baseline's slowest setting may miss the dense model: a point, and what rounding makes of one. */
const DENSE_END = 0.01 + 1e-6;

type Parts = Omit<SummaryTask, 'findings'>;

/** Says plainly who wins and who loses; `ahead` says when. */
export function findingsOf(task: Parts, methods: readonly SummaryMethod[], targets: readonly number[]): string[] {
  const titles = new Map(methods.map(({ name, title }) => [name, title]));
  const all = methods.filter(({ family, name }) => family === 'hash' && name !== 'hashee-random-inconsistent');
  // The paper's own hash speaks for HashEE; the others are compared with it.
  const usual = all.filter(({ name }) => name.startsWith('hashee-frequency'));
  const hashes = usual.length > 0 ? usual : all;
  const others = methods.filter(({ family }) => family !== 'hash' && family !== 'dense');
  const found: string[] = [];
  for (const target of targets) {
    const named = (names: readonly string[]): string =>
      names
        .map((name) => [titles.get(name) ?? name, ...survivors(cellOf(task, name, target)).map((text) => `(${text})`)])
        .map((parts) => parts.join(' '))
        .join(', ');
    const cells = hashes.flatMap(({ name }) => {
      const cell = cellOf(task, name, target);
      return cell?.score ? [{ name, score: cell.score }] : [];
    });
    const rivals = others.flatMap(({ name }) => {
      const cell = cellOf(task, name, target);
      return cell?.score ? [{ name, score: cell.score }] : [];
    });
    const tooSlow = methods.filter(({ name }) => {
      const cell = cellOf(task, name, target);
      return cell && !cell.score && cell.tooSlow.length > 0;
    });
    for (const { name, score } of cells) {
      const against = (side: number): string[] =>
        rivals.filter((each) => ahead(score, each.score) === side).map((each) => each.name);
      const parts = [[1, 'ahead of'] as const, [0, 'level with'] as const, [-1, 'behind'] as const].flatMap(
        ([side, word]) => (against(side).length > 0 ? [`${word} ${named(against(side))}`] : []),
      );
      if (parts.length > 0) {
        const said = [percent(score), ...survivors(cellOf(task, name, target))].join('; ');
        found.push(`At ${target}x ${titles.get(name)} (${said}) is ${parts.join('; ')}.`);
      }
    }
    if (tooSlow.length > 0) found.push(`Too slow for ${target}x: ${named(tooSlow.map(({ name }) => name))}.`);
  }
  return [
    ...found,
    ...consistency(task, targets),
    ...denseEnds(task, titles),
    ...clockFindings(task.clocks, methods, targets),
  ];
}

/** Says so where only some of the seeds that were run are in the score: they are the faster ones. */
function survivors(cell: SummaryCell | undefined): string[] {
  if (!cell?.score || cell.tooSlow.length === 0) return [];
  return [`${cell.score.count} of ${cell.score.count + cell.tooSlow.length} seeds are fast enough`];
}

/** A method on a task at a speed-up. */
export function cellOf({ rows }: Pick<Parts, 'rows'>, method: string, target: number): SummaryCell | undefined {
  return rows.find((row) => row.method === method)?.cells.find((cell) => cell.target === target);
}

function consistency(task: Parts, targets: readonly number[]): string[] {
  return targets.flatMap((target) => {
    const consistent = cellOf(task, 'hashee-random-consistent', target)?.score;
    const inconsistent = cellOf(task, 'hashee-random-inconsistent', target)?.score;
    if (!consistent || !inconsistent) return [];
    const side = ahead(consistent, inconsistent);
    const verdict = side > 0 ? 'clearly better than' : side < 0 ? 'clearly worse than' : 'not clearly different from';
    return [
      `At ${target}x random exits by type (${percent(consistent)}) are ${verdict} random exits by occurrence (${percent(inconsistent)}).`,
    ];
  });
}

function denseEnds({ rows }: Parts, titles: ReadonlyMap<string, string>): string[] {
  const dense = rows.find(({ method }) => method === 'dense')?.slowest;
  if (!dense) return [];
  const weak = rows.filter(({ slowest }) => slowest && dense.mean - slowest.mean > DENSE_END);
  const shown = weak.map(({ method, slowest }) => `${titles.get(method)} (${percent(slowest as SeedSpread)})`);
  if (shown.length > 0)
    return [
      `More than a point below the dense model (${percent(dense)}) even where nothing exits: ${shown.join(', ')}.`,
    ];
  return rows.filter(({ slowest }) => slowest).length > 1
    ? [
        `Where nothing exits, every method with a knob is within a point of the dense model (${percent(dense)}) or above.`,
      ]
    : [];
}
