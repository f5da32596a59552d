import { speedupInterval, spread } from '@hashee/eval';
import type { CellResult } from './cell-result.js';
import type { SummaryClock } from './summary.js';

type ClockPoint = SummaryClock['points'][number];

/** What was timed of the methods of a task; where several seeds were timed their means, and the widest of their intervals. */
export function clocksOf(cells: readonly CellResult[]): SummaryClock[] {
  const groups = new Map<string, SummaryClock[]>();
  for (const clock of cells.flatMap(timedOf)) {
    const key = `${clock.method} ${clock.target}`;
    groups.set(key, [...(groups.get(key) ?? []), clock]);
  }
  return [...groups.values()].map(merged);
}

function timedOf({ method, family, chosen }: CellResult): SummaryClock[] {
  if (family === 'dense') return [];
  return chosen.flatMap(({ target, reached, speedup, latency }): SummaryClock[] => {
    const points = (latency ?? []).flatMap(({ batchSize, sequencesPerSecond, speedup }): ClockPoint[] => {
      if (!speedup) return [];
      const { median, pairs } = speedup;
      const { low, high } = speedupInterval(speedup) ?? {};
      return [{ batchSize, sequencesPerSecond, speedup: { median, ...(low && high ? { low, high } : {}), pairs } }];
    });
    // Of the largest batch: small ones have less to leave out.
    const counted = latency?.toSorted((a, b) => a.batchSize - b.batchSize).at(-1)?.counted ?? speedup;
    return points.length > 0 ? [{ method, target, reached, counted, points }] : [];
  });
}

function merged(same: readonly SummaryClock[]): SummaryClock {
  const [first] = same;
  if (same.length === 1) return first;
  return {
    ...first,
    reached: same.every(({ reached }) => reached),
    counted: mean(same.map(({ counted }) => counted)),
    points: first.points.map(({ batchSize }) =>
      mergedPoint(same.flatMap(({ points }) => points.filter((point) => point.batchSize === batchSize))),
    ),
  };
}

function mergedPoint(points: readonly ClockPoint[]): ClockPoint {
  const speedups = points.map(({ speedup }) => speedup);
  const [lows, highs] = [speedups.flatMap(({ low }) => low ?? []), speedups.flatMap(({ high }) => high ?? [])];
  const known = lows.length === points.length && highs.length === points.length;
  return {
    batchSize: points[0].batchSize,
    sequencesPerSecond: mean(points.map(({ sequencesPerSecond }) => sequencesPerSecond)),
    speedup: {
      median: mean(speedups.map(({ median }) => median)),
      ...(known ? { low: Math.min(...lows), high: Math.max(...highs) } : {}),
      pairs: Math.min(...speedups.map(({ pairs }) => pairs)),
    },
  };
}

function mean(values: readonly number[]): number {
  return spread(values).mean;
}
