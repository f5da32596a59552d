import type { SummaryClock, SummaryMethod } from './summary.js';

/**
 * From which batch size on HashEE is ahead of each method that exits by sequence. Ahead is where its interval lies above the other's;
 * batch sizes where one of them has none, as the pairs are too few, don't decide that, and are named. A method that doesn't reach
 * the speed-up stands there with its fastest setting, which does less for it.
 */
export function clockFindings(
  all: readonly SummaryClock[],
  methods: readonly SummaryMethod[],
  targets: readonly number[],
): string[] {
  const familyOf = (name: string): string | undefined => methods.find((method) => method.name === name)?.family;
  const titleOf = (name: string): string => methods.find((method) => method.name === name)?.title ?? name;
  return targets.flatMap((target) => {
    const here = all.filter((clock) => clock.target === target);
    const fast = here.filter(({ reached }) => reached);
    const hash =
      fast.find(({ method }) => method === 'hashee-frequency') ??
      fast.find(({ method }) => familyOf(method) === 'hash');
    const rivals = here.filter(({ method }) => familyOf(method) === 'exit' || familyOf(method) === 'cascade');
    if (!hash || rivals.length === 0) return [];
    const named = ({ method, counted, reached }: SummaryClock): string =>
      reached
        ? `${titleOf(method)} (counted ${counted.toFixed(2)}x)`
        : `${titleOf(method)}, whose fastest setting counts ${counted.toFixed(2)}x,`;
    const verdicts = rivals.map((rival) => ({ rival: named(rival), from: verdict(hash, rival) }));
    const beaten = verdicts.flatMap(({ rival, from }) => (from ? `${rival} ${from}` : []));
    const others = verdicts.flatMap(({ rival, from }) => (from ? [] : rival));
    const one = `By the clock at ${target}x ${named(hash)}`;
    const notOf = `isn't ahead of ${others.join('; ').replaceAll(',;', ';')} at the largest batches.`;
    return [
      [
        ...(beaten.length > 0 ? [`${one} is ahead of ${beaten.join('; ')}.`] : []),
        ...(others.length > 0 ? [`${beaten.length > 0 ? 'It' : one} ${notOf}`] : []),
        ...noIntervals(hash, rivals),
      ].join(' '),
    ];
  });
}

/** From where on, and by what; nothing where it isn't so at the largest batch. */
function verdict(one: SummaryClock, other: SummaryClock): string | undefined {
  const clear = fromOn(one, other, (a, b) => (hasInterval(a) && hasInterval(b) ? a.low > b.high : undefined));
  const byMedians = fromOn(one, other, (a, b) => a.median > b.median);
  const sequences = (from: number): string => `from batches of ${from} ${from === 1 ? 'sequence' : 'sequences'} on`;
  if (clear === undefined) return byMedians === undefined ? undefined : `${sequences(byMedians)}, by medians alone`;
  const medians =
    byMedians === undefined ? ', though by medians not at the largest' : ` and by medians from ${byMedians} on`;
  return `${sequences(clear)}, by intervals${byMedians === clear ? '' : medians}`;
}

function noIntervals(hash: SummaryClock, rivals: readonly SummaryClock[]): string[] {
  const sizes = hash.points.flatMap(({ batchSize, speedup }) => {
    const others = rivals.flatMap(({ points }) => points.filter((point) => point.batchSize === batchSize));
    const lacking = others.some((other) => !hasInterval(speedup) || !hasInterval(other.speedup));
    return lacking ? [batchSize] : [];
  });
  sizes.sort((a, b) => a - b);
  return sizes.length > 0
    ? [`Batches of ${sizes.join(', ')} were timed in too few pairs for intervals: there only medians are compared.`]
    : [];
}

type Measured = SummaryClock['points'][number]['speedup'];

function hasInterval(speedup: Measured): speedup is Measured & { readonly low: number; readonly high: number } {
  return speedup.low !== undefined && speedup.high !== undefined;
}

/** The smallest batch size from which on something holds at every size that both were timed at and where it can be told. */
function fromOn(
  one: SummaryClock,
  other: SummaryClock,
  holds: (one: Measured, other: Measured) => boolean | undefined,
): number | undefined {
  let from: number | undefined;
  for (const { batchSize, speedup } of [...one.points].sort((a, b) => b.batchSize - a.batchSize)) {
    const rival = other.points.find((point) => point.batchSize === batchSize);
    if (!rival) continue;
    const held = holds(speedup, rival.speedup);
    if (held === false) break;
    if (held) from = batchSize;
  }
  return from;
}
