import type { Evaluation } from '../evaluation.js';
import type { Throughput } from '../latency/measure-throughput.js';
import type { ReportedCost, ReportedLatency } from './report.js';

/** The counts of an evaluation, as reports have them. */
export function reportedCost(evaluation: Omit<ReportedCost, 'elueFlops'> | Evaluation): ReportedCost {
  const { sequences, tokens, meanExitLayer, macs, denseMacs, countedSpeedup, layerSpeedup } = evaluation;
  return { sequences, tokens, meanExitLayer, macs, denseMacs, countedSpeedup, layerSpeedup };
}

/** What a measurement says of one variant, as reports have it. */
export function reportedLatency(
  { batchSize, variants }: Pick<Throughput, 'batchSize' | 'variants'>,
  variant: string,
  threads: number,
): ReportedLatency | undefined {
  const found = variants.find(({ name }) => name === variant);
  if (!found) return undefined;
  const { p50, p90, p95, p99 } = found.batchMilliseconds;
  const { sequencesPerSecond, speedup } = found;
  return {
    batchSize,
    threads,
    sequencesPerSecond,
    milliseconds: { p50, p90, p95, p99 },
    ...(speedup ? { speedup } : {}),
  };
}
