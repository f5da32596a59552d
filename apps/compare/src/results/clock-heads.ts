import type { SummaryClock } from './summary.js';

/** A column of the table of clocks: a batch size, and over how many pairs of turns its medians go. */
export interface ClockHead {
  readonly batchSize: number;
  /** `batch 64, 3 pairs`. */
  readonly text: string;
}

/** From the smallest batch to the largest. */
export function clockHeads(clocks: readonly SummaryClock[]): ClockHead[] {
  const points = clocks.flatMap((clock) => clock.points);
  const sizes = [...new Set(points.map(({ batchSize }) => batchSize))].sort((a, b) => a - b);
  return sizes.map((batchSize) => {
    const pairs = points.filter((point) => point.batchSize === batchSize).map(({ speedup }) => speedup.pairs);
    const [fewest, most] = [Math.min(...pairs), Math.max(...pairs)];
    const counted = fewest === most ? `${most}` : `${fewest} to ${most}`;
    return { batchSize, text: `batch ${batchSize}, ${counted} ${most === 1 ? 'pair' : 'pairs'}` };
  });
}

/** `2.49 (2.44-2.53)`; without brackets where the pairs are too few for an interval. */
export function clockText({ points }: SummaryClock, batchSize: number): string | undefined {
  const found = points.find((point) => point.batchSize === batchSize)?.speedup;
  if (!found) return undefined;
  const { median, low, high } = found;
  return `${median.toFixed(2)}${low === undefined || high === undefined ? '' : ` (${low.toFixed(2)}-${high.toFixed(2)})`}`;
}
