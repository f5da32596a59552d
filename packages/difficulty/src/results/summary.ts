import type { Machine } from '@hashee/eval';
import type { ExitMethodResult, StudyPart } from './result.js';

/** Mean and spread over seeds. */
export interface SeedSpread {
  readonly mean: number;
  /** Of a sample; 0 for one seed. */
  readonly standardDeviation: number;
  readonly count: number;
}

/** The whole study over all seeds. Plain JSON, so that a page can carry it. */
export interface StudySummary {
  readonly date: string;
  readonly machine: Machine;
  readonly seeds: readonly number[];
  readonly settings: Readonly<Record<string, unknown>>;
  /** Parts and seeds that others have and that are missing, such as `token, seed 3`. */
  readonly missing: readonly string[];
  readonly human?: HumanSummary | undefined;
  readonly sentence?: BitsSummary | undefined;
  readonly given?: BitsSummary | undefined;
  readonly token?: BitsSummary | undefined;
  readonly exits?: ExitsSummary | undefined;
  /** What was found, in words, by part. Every number is computed from the results. */
  readonly findings: Readonly<Partial<Record<StudyPart, readonly string[]>>>;
}

export interface HumanSummary {
  readonly seeds: number;
  readonly train: number;
  readonly dev: number;
  readonly majority: { readonly train: number; readonly dev: number };
  readonly epochs: readonly { readonly epoch: number; readonly train: SeedSpread; readonly dev: SeedSpread }[];
}

export interface BitsSummary {
  readonly seeds: number;
  readonly layers: number;
  readonly examples: { readonly train: number; readonly dev: number; readonly test: number };
  /** Rows that are judged, on average: sequences, or tokens. */
  readonly testRows: number;
  readonly annotator?:
    | {
        readonly examples: number;
        readonly epochs: number;
        readonly accuracy: readonly SeedSpread[];
        readonly entityF1?: readonly SeedSpread[] | undefined;
        readonly outside?: SeedSpread | undefined;
      }
    | undefined;
  readonly rates: readonly SeedSpread[];
  readonly allRight: SeedSpread;
  readonly allWrong: SeedSpread;
  readonly neverLost: SeedSpread;
  readonly predictors: readonly PredictorSummary[];
}

export interface PredictorSummary {
  readonly name: string;
  readonly title: string;
  readonly layerAccuracy: readonly SeedSpread[];
  readonly mean: SeedSpread;
  /** Mean accuracy on the part that selects; absent for what isn't trained. */
  readonly dev?: SeedSpread | undefined;
  /** Mean accuracy above the majority's of the same seed; the spread is of the difference. */
  readonly overMajority: SeedSpread;
  /** Absent where nothing is wrong and nothing is said to be. */
  readonly wrongF1?: SeedSpread | undefined;
  readonly byLabel?: { readonly outside: SeedSpread; readonly entity: SeedSpread } | undefined;
}

export interface ExitsSummary {
  readonly seeds: number;
  readonly layers: number;
  readonly dev: number;
  readonly test: number;
  readonly methods: readonly {
    readonly name: string;
    readonly title: string;
    readonly kind: ExitMethodResult['kind'];
    readonly points: readonly {
      readonly target: number | null;
      readonly accuracy: SeedSpread;
      readonly meanExit: SeedSpread;
      readonly speedup: SeedSpread;
      /** Seeds in which it is fast enough: a setting on dev, for hashes the model where it is judged. */
      readonly reached: number;
    }[];
    /** Of each seed. */
    readonly curves: readonly ExitMethodResult['curve'][];
  }[];
  readonly consistency: readonly {
    readonly name: string;
    readonly title: string;
    readonly unit: 'sequence' | 'token';
    readonly sameInstance: readonly {
      readonly epoch: number;
      readonly share: SeedSpread;
      readonly shareAtEqualCost?: SeedSpread | undefined;
    }[];
    readonly sameType: SeedSpread;
  }[];
}
