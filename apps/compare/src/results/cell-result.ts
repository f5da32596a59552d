/** The version of cell and comparison files. */
export const RESULT_VERSION = 1;

/** One setting on dev. */
export interface CellPoint {
  /** `null` where the method has no knob. */
  readonly setting: number | null;
  readonly quality: number;
  /** By name; `quality` is their mean. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Counted: multiply-accumulates of the dense model over those executed. */
  readonly speedup: number;
  /** Layers that a sequence goes through, on average; for HashEE its tokens. */
  readonly meanExit: number;
}

/** By the clock at one batch size, as `ReportedLatency` of `@hashee/eval`. */
export interface CellLatency {
  readonly batchSize: number;
  readonly threads: number;
  readonly sequencesPerSecond: number;
  readonly milliseconds: { readonly p50: number; readonly p90: number; readonly p95: number; readonly p99: number };
  /** Counted speed-up of what was timed: of the slowest setting that is fast enough. Absent in older files. */
  readonly counted?: number | undefined;
  /** Against the dense model, in turns with it. */
  readonly speedup?:
    | {
        readonly median: number;
        /** Absent where the pairs are too few; older files have them there too, and they mean nothing. */
        readonly low?: number | undefined;
        readonly high?: number | undefined;
        readonly level: number;
        readonly pairs: number;
      }
    | undefined;
}

/** The setting for a wanted speed-up, run for real. */
export interface ChosenPoint extends CellPoint {
  readonly target: number;
  /** False: no setting is fast enough, this is the fastest. */
  readonly reached: boolean;
  /** One run over dev in batches. */
  readonly batched: {
    readonly batchSize: number;
    readonly sequences: number;
    readonly seconds: number;
    readonly speedup: number;
  };
  /** One by one, over a sample of dev. */
  readonly single: {
    readonly sequences: number;
    readonly seconds: number;
    readonly speedup: number;
    readonly quality: number;
  };
  readonly latency?: readonly CellLatency[] | undefined;
}

/** A sentence of dev with the layers where its tokens leave. */
export interface CellSentence {
  readonly target: number;
  /** Words and pieces, special tokens included. */
  readonly tokens: readonly string[];
  /** Last layer computed for each. */
  readonly layers: readonly number[];
  readonly label: string;
  readonly answer: string;
}

/** What a cell's file holds. */
export interface CellResult {
  readonly format: 'hashee-comparison-cell';
  readonly version: typeof RESULT_VERSION;
  readonly id: string;
  readonly task: string;
  readonly method: string;
  readonly title: string;
  readonly family: 'dense' | 'hash' | 'exit' | 'cascade' | 'static';
  readonly source: string;
  readonly seed: number;
  /** L of the dense model. */
  readonly layers: number;
  readonly knob?: string | undefined;
  /** Changes with encoder, data, recipe, seed and what is measured. */
  readonly fingerprint: string;
  readonly data: { readonly train: number; readonly dev: number; readonly devTokens: number };
  /** Plain JSON. */
  readonly recipe: Readonly<Record<string, unknown>>;
  /** Plain JSON. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Of each stage of the training: time, earlier parts included, and the best score on dev. */
  readonly stages: readonly {
    readonly name: string;
    readonly seconds: number;
    readonly updates: number;
    readonly best?: number | undefined;
  }[];
  /** All settings. */
  readonly curve: readonly CellPoint[];
  readonly chosen: readonly ChosenPoint[];
  /** Tokens of dev that leave after each layer, `[L]`; of hash methods. */
  readonly tokensByLayer?: readonly number[] | undefined;
  readonly sentences?: readonly CellSentence[] | undefined;
  /** Multiply-accumulates, roughly, that its time is estimated from. */
  readonly effort: number;
  /** Wall clock of the whole cell, without what it found done. */
  readonly seconds: number;
  readonly date: string;
  readonly machine: {
    readonly processor: string;
    readonly cores: number;
    readonly memoryBytes: number;
    readonly platform: string;
    readonly node: string;
    readonly load: number;
  };
}

/** All results of a grid. */
export interface Comparison {
  readonly format: 'hashee-comparison';
  readonly version: typeof RESULT_VERSION;
  readonly title: string;
  readonly date: string;
  /** As its file has it. */
  readonly grid: Readonly<Record<string, unknown>>;
  /** Cells of the grid; those without a result are missing. */
  readonly planned: readonly string[];
  readonly cells: readonly CellResult[];
}
