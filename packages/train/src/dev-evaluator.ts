import type { Encoder, HeadConfig } from '@hashee/core';

/** How good the present weights are. `evaluator` of `@hashee/eval` makes these. */
export interface DevEvaluator {
  /** Changes with the data and the metrics; a run isn't resumed under another. */
  readonly fingerprint: string;
  /**
   * Called before training.
   * @throws HasheeError `INVALID_ARGUMENT` where the head can't be judged on this data, or not by that metric
   */
  assertFits?(head: HeadConfig, metric?: string): void;
  /** @throws HasheeError `ABORTED` */
  evaluate(encoder: Encoder, options: { readonly signal?: AbortSignal | undefined }): Promise<DevEvaluation>;
}

export interface DevEvaluation {
  /** By name; more is better. */
  readonly metrics: Readonly<Record<string, number>>;
  /** The one number that stands for all; more is better. */
  readonly score: number;
}
