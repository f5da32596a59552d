import { spread } from '@hashee/eval';
import { cellOf } from './findings.js';
import type { SummaryMethod, SummaryOverall, SummaryTask } from './summary.js';
import { type Verdict, verdictOf } from './verdict.js';

/** The method that speaks for HashEE. */
export const REFERENCE = 'hashee-frequency';

/** All tasks side by side, a table for each speed-up; the dense model stands in each. */
export function overallOf(
  tasks: readonly SummaryTask[],
  methods: readonly SummaryMethod[],
  targets: readonly number[],
): SummaryOverall[] {
  return targets.map((target) => ({
    target,
    rows: methods.flatMap(({ name, family }) => {
      const cells = tasks.map((task) => {
        const dense = task.rows.find(({ method }) => method === name)?.slowest;
        if (family === 'dense') return dense && { target: 1, score: dense, speedup: 1, tooSlow: [] };
        return cellOf(task, name, target);
      });
      if (cells.every((cell) => !cell || (!cell.score && cell.tooSlow.length === 0))) return [];
      const scores = cells.map((cell) => cell?.score?.mean);
      const known = scores.filter((score) => score !== undefined);
      return [
        {
          method: name,
          cells,
          ...(known.length === tasks.length ? { mean: spread(known).mean } : {}),
          ...(name === REFERENCE || family === 'dense' ? {} : against(tasks, name, target)),
        },
      ];
    }),
  }));
}

/** How the reference stands to a method, task by task. */
function against(tasks: readonly SummaryTask[], method: string, target: number): Pick<Row, 'against'> {
  const counts: Partial<Record<Verdict, number>> = {};
  for (const task of tasks) {
    const verdict = verdictOf(cellOf(task, REFERENCE, target), cellOf(task, method, target));
    if (verdict) counts[verdict] = (counts[verdict] ?? 0) + 1;
  }
  return Object.keys(counts).length > 0 ? { against: counts } : {};
}

type Row = SummaryOverall['rows'][number];

/** What the tables say, in sentences. */
export function overallFindings(
  tables: readonly SummaryOverall[],
  tasks: readonly SummaryTask[],
  methods: readonly SummaryMethod[],
): string[] {
  const titleOf = (name: string): string => methods.find((method) => method.name === name)?.title ?? name;
  const isRival = ({ method }: Row): boolean =>
    ['exit', 'cascade', 'static'].includes(methods.find(({ name }) => name === method)?.family ?? '');
  const found = tables.flatMap(({ target, rows }): string[] => {
    const rivals = rows.filter(isRival).flatMap(({ method, against }) => (against ? [{ method, against }] : []));
    const total = (verdict: Verdict): number => rivals.reduce((sum, { against }) => sum + (against[verdict] ?? 0), 0);
    const all = total('ahead') + total('level') + total('behind');
    if (all === 0) return [];
    const lead = ({ ahead = 0, behind = 0 }: NonNullable<Row['against']>): number => ahead - behind;
    const named = (side: number): string[] =>
      rivals.filter(({ against }) => Math.sign(lead(against)) === side).map(({ method }) => titleOf(method));
    const [more, fewer] = [named(1), named(-1)];
    return [
      [
        `At ${target}x ${titleOf(REFERENCE)} is ahead in ${total('ahead')} of ${all} comparisons with other methods on a task, level in ${total('level')}, behind in ${total('behind')}.`,
        ...beside(total, target),
        ...(more.length > 0 ? [`More often ahead than behind: ${more.join(', ')}.`] : []),
        ...(fewer.length > 0 ? [`More often behind than ahead: ${fewer.join(', ')}.`] : []),
      ].join(' '),
    ];
  });
  return [...found, ...consistency(tables, tasks), ...moved(tables, tasks, titleOf)];
}

/** What isn't counted as a comparison at equal work. */
function beside(total: (verdict: Verdict) => number, target: number): string[] {
  const texts: readonly (readonly [verdict: Verdict, text: string])[] = [
    ['other too slow', `where the other method is too slow for ${target}x`],
    ['other faster', 'where it scores less and is so much faster that they are not comparable'],
    ['own too slow', `where HashEE is too slow for ${target}x`],
    ['own faster', 'where HashEE scores less and is so much faster that they are not comparable'],
  ];
  const found = texts.flatMap(([verdict, text]) => (total(verdict) > 0 ? `${total(verdict)} ${text}` : []));
  return found.length > 0 ? [`Not among these: ${found.join(', ')}.`] : [];
}

function consistency(tables: readonly SummaryOverall[], tasks: readonly SummaryTask[]): string[] {
  return tables.flatMap(({ target }) => {
    const pairs = pairsOf(tasks, 'hashee-random-consistent', 'hashee-random-inconsistent', target);
    if (pairs.length === 0) return [];
    const on = (...verdicts: Verdict[]): string[] =>
      pairs.filter(({ verdict }) => verdicts.includes(verdict)).map(({ title }) => title);
    const unlike = on('own faster', 'other faster');
    return [
      `At ${target}x random exits that a type keeps score ${points(pairs)} than random exits by occurrence, mean of ${plural(pairs.length)}: clearly more on ${listed(on('ahead'))}, clearly less on ${listed(on('behind'))}, no clear difference on ${listed(on('level'))}${unlike.length > 0 ? `, not comparable, as one is faster, on ${listed(unlike)}` : ''}.`,
    ];
  });
}

function listed(titles: readonly string[]): string {
  return titles.length > 0 ? titles.join(', ') : 'none';
}

function moved(
  tables: readonly SummaryOverall[],
  tasks: readonly SummaryTask[],
  titleOf: (name: string) => string,
): string[] {
  return tables.flatMap(({ target }) => {
    const pairs = pairsOf(tasks, `${REFERENCE}-moved`, REFERENCE, target);
    if (pairs.length === 0) return [];
    return [
      `At ${target}x ${titleOf(`${REFERENCE}-moved`)} scores ${points(pairs)} than ${titleOf(REFERENCE)}, mean of ${plural(pairs.length)}.`,
    ];
  });
}

interface Pair {
  readonly title: string;
  readonly distance: number;
  readonly verdict: Verdict;
}

/** Of the tasks where both have equally many seeds: as long as some are missing, their means are of different ones. */
function pairsOf(tasks: readonly SummaryTask[], one: string, other: string, target: number): Pair[] {
  return tasks.flatMap((task): Pair[] => {
    const cells = [one, other].map((name) => cellOf(task, name, target));
    const [a, b] = cells.map((cell) => cell?.score);
    const verdict = verdictOf(cells[0], cells[1]);
    if (!a || !b || !verdict || a.count !== b.count) return [];
    return [{ title: task.title, distance: a.mean - b.mean, verdict }];
  });
}

/** `1.2 points more`, on average. */
function points(pairs: readonly Pair[]): string {
  const mean = 100 * spread(pairs.map(({ distance }) => distance)).mean;
  return `${Math.abs(mean).toFixed(1)} points ${mean < 0 ? 'less' : 'more'}`;
}

function plural(tasks: number): string {
  return tasks === 1 ? 'one task' : `${tasks} tasks`;
}
