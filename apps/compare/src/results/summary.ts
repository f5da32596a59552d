import type { CellLatency, CellResult, CellSentence } from './cell-result.js';
import type { Verdict } from './verdict.js';

/** Mean and spread over seeds of a score. */
export interface SeedSpread {
  readonly mean: number;
  /** 0 for one seed. */
  readonly standardDeviation: number;
  readonly count: number;
  /** Standard error of one seed's score as an estimate from the examples of dev. */
  readonly devError: number;
}

export interface SummaryMethod {
  readonly name: string;
  readonly title: string;
  readonly family: CellResult['family'];
  readonly source: string;
  readonly knob?: string | undefined;
}

/** A method on a task where a speed-up is wanted. */
export interface SummaryCell {
  readonly target: number;
  /** Over the seeds that get there; absent where none does. */
  readonly score?: SeedSpread | undefined;
  /** Counted speed-up reached, in batches of 32. */
  readonly speedup?: number | undefined;
  /** Of the slowest setting that is fast enough; the same as `speedup` without a knob. */
  readonly leastSpeedup?: number | undefined;
  /** Counted speed-up of answering one by one. */
  readonly singleSpeedup?: number | undefined;
  /** Seeds that were run and whose settings are all too slow. */
  readonly tooSlow: readonly number[];
  /** Speed-up of the fastest setting where no seed gets there. */
  readonly fastest?: number | undefined;
}

export interface SummaryRow {
  readonly method: string;
  readonly cells: readonly SummaryCell[];
  /** Where nothing exits early: the slowest setting. Of methods with a knob, and the dense model. */
  readonly slowest?: SeedSpread | undefined;
  /** Mean distance in points from the first k layers at the same cost, as ELUE scores. Absent where `elueReason` says why. */
  readonly elue?: number | undefined;
}

export interface SummaryCurve {
  readonly method: string;
  readonly points: readonly {
    /** `null` without a knob, and where it is a mean over seeds, whose settings differ. */
    readonly setting: number | null;
    readonly speedup: number;
    readonly quality: number;
    /** Spread over seeds; absent for one. */
    readonly low?: number | undefined;
    readonly high?: number | undefined;
    /** No other point of the method is as fast and as good. */
    readonly front: boolean;
  }[];
}

/** A method by the clock, against the dense model. */
export interface SummaryClock {
  readonly method: string;
  readonly target: number;
  readonly counted: number;
  /** False: its fastest setting, as none is fast enough. */
  readonly reached: boolean;
  readonly points: readonly (Pick<CellLatency, 'batchSize' | 'sequencesPerSecond'> & {
    /** An interval (95 %) only where it has pairs enough for one. */
    readonly speedup: Pick<NonNullable<CellLatency['speedup']>, 'median' | 'low' | 'high' | 'pairs'>;
  })[];
}

export interface SummaryWords {
  readonly method: string;
  readonly sentences: readonly CellSentence[];
}

/** A hash function at one speed-up. */
export interface SummaryHash {
  readonly method: string;
  readonly target: number;
  /** False: no seed gets there, and what follows is of all that were run. */
  readonly reached: boolean;
  /** Seeds that don't get there. */
  readonly tooSlow: number;
  readonly score: SeedSpread;
  /** Counted, reached. */
  readonly speedup: number;
  readonly meanExit: number;
  /** Share of the tokens that leave after each layer, `[L]`. */
  readonly shares: readonly number[];
}

export interface SummaryTask {
  readonly name: string;
  readonly title: string;
  readonly metrics: readonly string[];
  readonly train: number;
  readonly dev: number;
  /** How many sequences of dev are answered one by one; several numbers where cells differ. */
  readonly singleSequences: readonly number[];
  readonly rows: readonly SummaryRow[];
  /** Why there is no ELUE score; absent where there is one. */
  readonly elueReason?: string | undefined;
  readonly curves: readonly SummaryCurve[];
  readonly clocks: readonly SummaryClock[];
  readonly words: readonly SummaryWords[];
  readonly hashes: readonly SummaryHash[];
  /** What the numbers say, in sentences. */
  readonly findings: readonly string[];
}

/** All tasks side by side at one speed-up. */
export interface SummaryOverall {
  readonly target: number;
  readonly rows: readonly {
    readonly method: string;
    /** In the order of the tasks; absent where the method isn't for the task, or not run. */
    readonly cells: readonly (SummaryCell | undefined)[];
    /** Over the tasks, where there is a score on each. */
    readonly mean?: number | undefined;
    /** On how many tasks HashEE (frequency) stands so to it; absent where they have none in common. */
    readonly against?: Readonly<Partial<Record<Verdict, number>>> | undefined;
  }[];
}

/** Everything that tables, plots and page show: results of single cells, put together. Plain JSON. */
export interface Summary {
  readonly title: string;
  readonly date: string;
  readonly layers: number;
  readonly machine: CellResult['machine'];
  readonly seeds: readonly number[];
  readonly targets: readonly number[];
  readonly planned: number;
  readonly finished: number;
  /** Cells without a result. */
  readonly missing: readonly string[];
  /** The same in sentences, one a seed. */
  readonly missingText: readonly string[];
  readonly recipe: Readonly<Record<string, unknown>>;
  readonly methods: readonly SummaryMethod[];
  /** True where dev chose epochs as well as settings. */
  readonly epochsChosen: boolean;
  readonly tasks: readonly SummaryTask[];
  readonly overall: readonly SummaryOverall[];
  /** What all tasks together say, in sentences. */
  readonly findings: readonly string[];
}
