/** An evaluation on dev during training. */
export interface EvaluationRecord {
  /** Updates done. */
  readonly step: number;
  /** Epochs done, with fraction. */
  readonly epoch: number;
  /** By name. */
  readonly metrics: Readonly<Record<string, number>>;
  /** What selects: more is better. */
  readonly score: number;
  /** Mean training loss of the updates since the evaluation before. */
  readonly loss: number;
}

/** Why a run ended. */
export type Ending = 'epochs' | 'patience';

/** What happens in a run, in order. Each is also one line of the log. */
export type TrainEvent =
  | {
      readonly type: 'start';
      readonly backend: string;
      /** Training sequences. */
      readonly examples: number;
      readonly epochs: number;
      /** Updates of the whole run. */
      readonly steps: number;
      readonly seed: number;
      /** Updates that an earlier part of the run did; 0 at its beginning. */
      readonly resumedFrom: number;
    }
  | {
      readonly type: 'teacher';
      /** Sequences the teacher has answered so far. */
      readonly done: number;
      readonly total: number;
    }
  | {
      readonly type: 'step';
      /** Updates done. */
      readonly step: number;
      readonly steps: number;
      readonly epoch: number;
      readonly loss: number;
      /** Each term of the recipe, before weighting. */
      readonly terms: readonly number[];
      readonly learningRate: number;
      /** Before clipping. */
      readonly gradientNorm: number;
      /** Since the run began, earlier parts included. */
      readonly seconds: number;
      /** Estimate until the end of the last epoch. */
      readonly remainingSeconds: number;
    }
  | ({ readonly type: 'evaluation'; readonly seconds: number } & EvaluationRecord)
  | ({ readonly type: 'best' } & Omit<EvaluationRecord, 'loss'>)
  | {
      readonly type: 'checkpoint';
      readonly step: number;
      readonly path: string;
    }
  | {
      readonly type: 'end';
      readonly step: number;
      readonly stopped: Ending;
      readonly best: Selection;
      readonly seconds: number;
    };

/** The weights that were kept. */
export interface Selection {
  readonly step: number;
  readonly epoch: number;
  /** Absent where there is no dev set: then the last weights are kept. */
  readonly score?: number | undefined;
  readonly metrics: Readonly<Record<string, number>>;
}
