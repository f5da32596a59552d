import type { HeadConfig } from '@hashee/core';

/**
 * Decides for one sequence. Called at each internal classifier in turn, from layer 1 on, with its logits and what else the
 * policy reads; true means that these logits are the answer.
 */
export type ExitDecision = (logits: Float32Array, ...also: readonly Float32Array[]) => boolean;

/** When a sequence leaves. The last layer is never asked: its head answers for whoever is left. */
export interface ExitPolicy {
  /** What a setting is, such as `threshold`. */
  readonly knob: string;
  /** Settings worth trying, from the slowest to the fastest. */
  settings(head: HeadConfig, layers: number): readonly number[];
  /** Further heads that are asked at a layer, besides the classifier. */
  also?(layer: number): readonly string[];
  /** What a setting is compared with, of policies that have a threshold: the answer counts where it is below, or at most that. */
  readonly uncertainty?: ((logits: Float32Array, ...also: readonly Float32Array[]) => number) | undefined;
  /** A decision for one sequence, with a state of its own where it needs one. */
  begin(setting: number, head: HeadConfig): ExitDecision;
}
