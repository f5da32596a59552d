import type { Machine } from '../latency/machine.js';

/** What an answer of one model on one split took, in counts; see `Work`. */
export interface ReportedCost {
  readonly sequences: number;
  readonly tokens: number;
  /** Over all tokens. */
  readonly meanExitLayer: number;
  /** Multiply-accumulates executed over the split, heads included. */
  readonly macs: number;
  /** Those of the dense model. */
  readonly denseMacs: number;
  /** denseMacs / macs */
  readonly countedSpeedup: number;
  /** L / meanExitLayer */
  readonly layerSpeedup: number;
  /** Mean FLOPs of a sequence as ELUE counts them. */
  readonly elueFlops?: number | undefined;
}

/** How fast, by the clock; see `Throughput`. */
export interface ReportedLatency {
  readonly batchSize: number;
  readonly threads: number;
  readonly sequencesPerSecond: number;
  /** Of a batch. */
  readonly milliseconds: { readonly p50: number; readonly p90: number; readonly p95: number; readonly p99: number };
  /** Against the dense model, in the same measurement. */
  readonly speedup?:
    | {
        readonly median: number;
        /** Its confidence interval; absent where there are too few pairs for one. */
        readonly low?: number | undefined;
        readonly high?: number | undefined;
        readonly level: number;
        readonly pairs: number;
      }
    | undefined;
}

/** Memory of a process of its own. */
export interface ReportedMemory {
  /** At its peak, with a batch of this size. */
  readonly peakBytes?: number | undefined;
  readonly batchSize?: number | undefined;
  /** Of batches that fit under `limitBytes`. */
  readonly largestBatch?: number | undefined;
  readonly limitBytes?: number | undefined;
}

/** One result: a method with one setting and seed on one split of a task. */
export interface ReportRow {
  /** Such as `hashee` or `deebert`. */
  readonly method: string;
  readonly task: string;
  readonly split: 'train' | 'dev' | 'test';
  readonly seed: number;
  /** What was chosen within the method: threshold, patience, layers, hash. Tells the points of a curve apart. */
  readonly setting: Readonly<Record<string, string | number | boolean>>;
  readonly metrics: Readonly<Record<string, number>>;
  /** Mean of the metrics. */
  readonly score: number;
  readonly cost: ReportedCost;
  readonly latency?: readonly ReportedLatency[] | undefined;
  readonly memory?: ReportedMemory | undefined;
}

/** Results with what is needed to judge them. Written and read by `writeReport` and `readReport`. */
export interface Report {
  readonly format: 'hashee-report';
  /** Of this format. */
  readonly version: 1;
  readonly title: string;
  /** ISO 8601 */
  readonly date: string;
  /** The command that makes it again. */
  readonly command?: string | undefined;
  readonly machine: Machine;
  /** Runtime, session options, encoder, data: plain JSON. */
  readonly conditions: Readonly<Record<string, unknown>>;
  readonly rows: readonly ReportRow[];
}
