import type { SummaryClock, SummaryMethod } from './summary.js';

/**
 * From which batch size on HashEE is ahead of each method that exits by sequence. Ahead is where its interval lies above the other's;
 * where one of them has none, as its pairs are too few, only the medians can be told apart, and the sentence says so.
 */
export function clockFindings(
  all: readonly SummaryClock[],
  methods: readonly SummaryMethod[],
  targets: readonly number[],
): string[] {
  const familyOf = (name: string): string | undefined => methods.find((method) => method.name === name)?.family;
  const titleOf = (name: string): string => methods.find((method) => method.name === name)?.title ?? name;
  return targets.flatMap((target) => {
    const here = all.filter((clock) => clock.target === target && clock.reached);
    const hash =
      here.find(({ method }) => method === 'hashee-frequency') ??
      here.find(({ method }) => familyOf(method) === 'hash');
    const rivals = here.filter(({ method }) => familyOf(method) === 'exit' || familyOf(method) === 'cascade');
    if (!hash || rivals.length === 0) return [];
    const named = ({ method, counted }: SummaryClock): string => `${titleOf(method)} (counted ${counted.toFixed(2)}x)`;
    const verdicts = rivals.map((rival) => `${named(rival)} ${verdict(hash, rival)}`);
    return [`By the clock at ${target}x ${named(hash)} is ahead of ${verdicts.join(', ')}.`];
  });
}

function verdict(one: SummaryClock, other: SummaryClock): string {
  const clear = fromOn(one, other, isClear);
  const byMedians = fromOn(one, other, (a, b) => a.median > b.median);
  const sequences = (from: number): string => `from batches of ${from} ${from === 1 ? 'sequence' : 'sequences'} on`;
  if (clear === undefined)
    return byMedians === undefined ? 'not at the largest one' : `${sequences(byMedians)} by medians alone`;
  return byMedians === undefined || byMedians === clear
    ? sequences(clear)
    : `${sequences(clear)}, by medians from ${byMedians} on`;
}

type Measured = SummaryClock['points'][number]['speedup'];

function isClear({ low }: Measured, { high }: Measured): boolean {
  return low !== undefined && high !== undefined && low > high;
}

/** The smallest batch size from which on something holds at every size that both were timed at. */
function fromOn(
  one: SummaryClock,
  other: SummaryClock,
  holds: (one: Measured, other: Measured) => boolean,
): number | undefined {
  let from: number | undefined;
  for (const { batchSize, speedup } of [...one.points].sort((a, b) => b.batchSize - a.batchSize)) {
    const rival = other.points.find((point) => point.batchSize === batchSize);
    if (!rival) continue;
    if (!holds(speedup, rival.speedup)) break;
    from = batchSize;
  }
  return from;
}
