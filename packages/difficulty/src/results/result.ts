import type { Machine } from '@hashee/eval';
import type { BitsProfile } from '../bits/bits-profile.js';
import type { BitScores } from '../metrics/bit-scores.js';

/** Of the result files. */
export const RESULT_VERSION = 1;

export type StudyPart = 'human' | 'sentence' | 'given' | 'token' | 'exits';

/** In the order in which they are made. */
export const STUDY_PARTS: readonly StudyPart[] = ['human', 'sentence', 'given', 'token', 'exits'];

/** One part of the study under one seed. */
export interface StudyCell {
  readonly format: 'hashee-difficulty';
  readonly version: typeof RESULT_VERSION;
  readonly part: StudyPart;
  readonly seed: number;
  /** Changes with encoder, data and settings. */
  readonly fingerprint: string;
  /** Those of the whole study. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly result: PartResults[StudyPart];
  /** Wall-clock time of the last run that worked on it. */
  readonly seconds: number;
  readonly date: string;
  readonly machine: Machine;
}

export interface PartResults {
  readonly human: HumanResult;
  readonly sentence: BitsResult;
  readonly given: BitsResult;
  readonly token: BitsResult;
  readonly exits: ExitsResult;
}

/** Difficulty for people. */
export interface HumanResult {
  readonly train: number;
  readonly dev: number;
  /** Of the class that is more frequent in training. */
  readonly majority: { readonly train: number; readonly dev: number };
  readonly epochs: readonly {
    readonly epoch: number;
    readonly loss: number;
    readonly train: number;
    readonly dev: number;
  }[];
}

/** Difficulty for a model: which of its layers answer right. */
export interface BitsResult {
  /** The model that annotates; absent where the bits were given. */
  readonly annotator?: AnnotatorResult | undefined;
  readonly layers: number;
  /** Sequences. */
  readonly examples: { readonly train: number; readonly dev: number; readonly test: number };
  readonly train: BitsProfile;
  readonly test: BitsProfile;
  readonly predictors: readonly PredictorResult[];
}

export interface AnnotatorResult {
  readonly examples: number;
  readonly epochs: number;
  /** Share right of each exit on what it was annotated with, `[L]`. For tokens also of whole entities. */
  readonly accuracy: readonly number[];
  readonly entityF1?: readonly number[] | undefined;
  /** Share of the rows whose gold label is `O`; only of tokens. */
  readonly outside?: number | undefined;
}

export interface PredictorResult extends BitScores {
  readonly name: string;
  readonly title: string;
  /** Mean accuracy on dev of the epoch that was kept. */
  readonly dev?: number | undefined;
  readonly history?: readonly number[] | undefined;
  /** For tokens: mean accuracy over layers on rows whose gold label is, and isn't, `O`. */
  readonly byLabel?: { readonly outside: number; readonly entity: number } | undefined;
}

export interface ExitsResult {
  readonly layers: number;
  readonly dev: number;
  readonly test: number;
  readonly methods: readonly ExitMethodResult[];
  readonly consistency: readonly ConsistencyResult[];
}

export interface ExitMethodResult {
  readonly name: string;
  readonly title: string;
  readonly kind: 'oracle' | 'fixed' | 'predicted' | 'learned' | 'confidence' | 'hash';
  /** On test: the settings chosen on dev for each speed-up that is wanted. `null`: a single point without a target. */
  readonly points: readonly ExitPointResult[];
  /** All settings on test, for plots. */
  readonly curve: readonly { readonly speedup: number; readonly accuracy: number; readonly meanExit: number }[];
}

export interface ExitPointResult {
  readonly target: number | null;
  readonly accuracy: number;
  readonly meanExit: number;
  /** Counted on test. */
  readonly speedup: number;
  /** False where no setting was fast enough on dev; for hashes, where the model is more than 2 % slower on test. */
  readonly reached: boolean;
}

export interface ConsistencyResult {
  readonly name: string;
  readonly title: string;
  /** What is compared: whole sequences, or tokens. */
  readonly unit: 'sequence' | 'token';
  /**
   * The same training instances, in the model on its way and in the one that is used. Of exits that are drawn by the content of a
   * pair it isn't reported: a pair exits as it always did, and what older results have there are two other draws.
   */
  readonly sameInstance: readonly {
    readonly epoch: number;
    readonly share: number;
    /** With the threshold chosen anew, so that they leave as late on average. */
    readonly shareAtEqualCost?: number | undefined;
  }[];
  /** Tokens at inference that exit where an occurrence of their type did in training. */
  readonly sameType: number;
}
