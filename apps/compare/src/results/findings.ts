import { percent } from './cell-text.js';
import { clockFindings } from './clock-findings.js';
import type { SeedSpread, SummaryCell, SummaryMethod, SummaryTask } from './summary.js';
import { type Verdict, verdictOf } from './verdict.js';

/** By which a baseline's slowest setting may miss the dense model: a point, and what rounding makes of one. */
const DENSE_END = 0.01 + 1e-6;

type Parts = Omit<SummaryTask, 'findings'>;

/** Says plainly who wins and who loses; `verdictOf` says when. */
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
    const tooSlow = methods.filter(({ name }) => {
      const cell = cellOf(task, name, target);
      return cell && !cell.score && cell.tooSlow.length > 0;
    });
    for (const { name } of hashes) {
      const own = cellOf(task, name, target);
      if (!own?.score) continue;
      const rivals = (verdict: Verdict): string[] =>
        others.map((other) => other.name).filter((other) => verdictOf(own, cellOf(task, other, target)) === verdict);
      const unlike = [
        ...rivals('other faster').map((other) => `${named([other])} is faster (${least(task, other, target)})`),
        ...rivals('own faster').map((other) => `it is faster than ${named([other])} (${least(task, name, target)})`),
      ];
      const parts = [
        ...[['ahead', 'ahead of'] as const, ['level', 'level with'] as const, ['behind', 'behind'] as const].flatMap(
          ([verdict, word]) => (rivals(verdict).length > 0 ? [`${word} ${named(rivals(verdict))}`] : []),
        ),
        ...(unlike.length > 0 ? [`not comparable: ${unlike.join(', ')}`] : []),
      ];
      if (parts.length > 0) {
        const said = [percent(own.score), ...survivors(own)].join('; ');
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

/** `4.8x`: how fast a method is at least, where it is fast enough. */
function least(task: Parts, method: string, target: number): string {
  return `${cellOf(task, method, target)?.leastSpeedup?.toFixed(1)}x`;
}

/** A method on a task at a speed-up. */
export function cellOf({ rows }: Pick<Parts, 'rows'>, method: string, target: number): SummaryCell | undefined {
  return rows.find((row) => row.method === method)?.cells.find((cell) => cell.target === target);
}

function consistency(task: Parts, targets: readonly number[]): string[] {
  return targets.flatMap((target) => {
    const consistent = cellOf(task, 'hashee-random-consistent', target);
    const inconsistent = cellOf(task, 'hashee-random-inconsistent', target);
    const verdict = verdictOf(consistent, inconsistent);
    if (!consistent?.score || !inconsistent?.score || !verdict) return [];
    const words: Partial<Record<Verdict, string>> = {
      ahead: 'clearly better than',
      behind: 'clearly worse than',
      level: 'not clearly different from',
    };
    return [
      `At ${target}x random exits by type (${percent(consistent.score)}) are ${words[verdict] ?? 'not comparable, as one is faster, with'} random exits by occurrence (${percent(inconsistent.score)}).`,
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
