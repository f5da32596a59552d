import { spread } from '@hashee/eval';
import { ahead } from './difference.js';
import { cellOf } from './findings.js';
import type { SummaryMethod, SummaryOverall, SummaryTask } from './summary.js';

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

/** How the reference stands against a method: a task where only one of both is fast enough is won by that one. */
function against(tasks: readonly SummaryTask[], method: string, target: number): Pick<Row, 'against'> {
  const counts = { ahead: 0, level: 0, behind: 0 };
  for (const task of tasks) {
    const own = cellOf(task, REFERENCE, target);
    const other = cellOf(task, method, target);
    if (!own || !other) continue;
    if (own.score && other.score) {
      const side = ahead(own.score, other.score);
      counts[side > 0 ? 'ahead' : side < 0 ? 'behind' : 'level']++;
    } else if (own.score && other.tooSlow.length > 0) counts.ahead++;
    else if (other.score && own.tooSlow.length > 0) counts.behind++;
  }
  return counts.ahead + counts.level + counts.behind > 0 ? { against: counts } : {};
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
    const rivals = rows.filter(isRival).flatMap(({ method, against }) => (against ? [{ method, ...against }] : []));
    const total = (side: 'ahead' | 'level' | 'behind'): number => rivals.reduce((sum, each) => sum + each[side], 0);
    const all = total('ahead') + total('level') + total('behind');
    if (all === 0) return [];
    const more = rivals.filter(({ ahead, behind }) => ahead > behind).map(({ method }) => titleOf(method));
    const fewer = rivals.filter(({ ahead, behind }) => ahead < behind).map(({ method }) => titleOf(method));
    return [
      `At ${target}x ${titleOf(REFERENCE)} is ahead in ${total('ahead')} of ${all} comparisons with other methods on a task, level in ${total('level')}, behind in ${total('behind')}.${
        more.length > 0 ? ` More often ahead than behind: ${more.join(', ')}.` : ''
      }${fewer.length > 0 ? ` More often behind than ahead: ${fewer.join(', ')}.` : ''}`,
    ];
  });
  return [...found, ...consistency(tables, tasks), ...moved(tables, tasks, titleOf)];
}

function consistency(tables: readonly SummaryOverall[], tasks: readonly SummaryTask[]): string[] {
  return tables.flatMap(({ target }) => {
    const pairs = pairsOf(tasks, 'hashee-random-consistent', 'hashee-random-inconsistent', target);
    if (pairs.length === 0) return [];
    const on = (side: number): string => listed(pairs.filter(({ clear }) => clear === side).map(({ title }) => title));
    return [
      `At ${target}x random exits that a type keeps score ${points(pairs)} than random exits by occurrence, mean of ${plural(pairs.length)}: clearly more on ${on(1)}, clearly less on ${on(-1)}, no clear difference on ${on(0)}.`,
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
  /** 0 where it may be chance. */
  readonly clear: number;
}

/** Of the tasks where both have equally many seeds: as long as some are missing, their means are of different ones. */
function pairsOf(tasks: readonly SummaryTask[], one: string, other: string, target: number): Pair[] {
  return tasks.flatMap((task): Pair[] => {
    const [a, b] = [one, other].map((name) => cellOf(task, name, target)?.score);
    if (!a || !b || a.count !== b.count) return [];
    return [{ title: task.title, distance: a.mean - b.mean, clear: ahead(a, b) }];
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
