import type { TokenBatch } from './batch.js';
import type { Encoder } from './encoder.js';
import type { ExitTable } from './exit-table.js';
import type { HeadConfig } from './head.js';
import type { WeightSource } from './weights.js';

/**
 * One term of the loss, averaged over the rows of the batch (tokens with a label, for token classification).
 * - `cross-entropy`: against class indices, or rows of probabilities.
 * - `mse`: against numbers, one a row.
 * - `distillation`: T²·KL(teacher || student) of logits softened by the temperature T; `targets` are teacher logits `[rows, C]`.
 */
export interface LossTerm {
  readonly head: string;
  readonly kind: 'cross-entropy' | 'mse' | 'distillation';
  /** Key into the targets of a step. @default `labels` */
  readonly target?: string | undefined;
  /** @default 1 */
  readonly weight?: number | undefined;
  /** Softens both sides of `distillation`. @default 1 */
  readonly temperature?: number | undefined;
}

export interface OptimizerSpec {
  /** Decoupled; never applied to biases and LayerNorm. @default 0.01 */
  readonly weightDecay?: number | undefined;
  /** @default 0.9 */
  readonly beta1?: number | undefined;
  /** @default 0.999 */
  readonly beta2?: number | undefined;
  /** @default 1e-8 */
  readonly epsilon?: number | undefined;
  /** Global norm of the gradient of the trained parameters is clipped to this; `0` turns clipping off. @default 1 */
  readonly maxGradientNorm?: number | undefined;
}

/** A training recipe as data: every method is written in it. */
export interface TrainingSpec {
  /** Drives dropout, and the initial values of heads that the checkpoint lacks. */
  readonly seed: number;
  /** Heads to train; those that the checkpoint lacks are initialised from N(0, 0.02) and its pooler. @default the checkpoint's */
  readonly heads?: readonly HeadConfig[] | undefined;
  readonly losses: readonly LossTerm[];
  /** Exits are active in training as in inference. `null`: all layers for all tokens. @default the checkpoint's */
  readonly exitTable?: ExitTable | null | undefined;
  readonly optimizer?: OptimizerSpec | undefined;
  /** Overrides the config's dropout; `0` switches it off everywhere. */
  readonly dropout?: number | undefined;
  /** Canonical names (or prefixes ending in a dot) of the tensors that train. @default all */
  readonly trainable?: readonly string[] | undefined;
}

/** Class indices (Int32Array, -1 = no label), numbers, or rows of C values (Float32Array), by target name. */
export type Targets = Readonly<Record<string, Int32Array | Float32Array>>;

export interface StepResult {
  /** Weighted sum of all terms. */
  readonly loss: number;
  /** Each term, in the order of the recipe, before weighting. */
  readonly terms: readonly number[];
}

/** Everything that a run needs to go on exactly where it stopped. */
export interface TrainerState {
  /** Optimizer updates so far. */
  readonly step: number;
  /** By name: `weights/...`, `m/...`, `v/...`. Views, valid until the next update. */
  readonly tensors: ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;
}

/** Weights on their way. Not reentrant: await each call. */
export interface Trainer {
  readonly heads: readonly HeadConfig[];
  /** Optimizer updates so far. */
  readonly step: number;
  /**
   * Forward and backward; adds `scale` times the gradient to what is there.
   * @throws HasheeError `INVALID_BATCH`, `INVALID_ARGUMENT` (targets), `RUNTIME` (loss not finite)
   */
  accumulate(batch: TokenBatch, targets: Targets, options?: { readonly scale?: number }): Promise<StepResult>;
  /** Clips, applies AdamW and clears the gradient. */
  update(options: { readonly learningRate: number }): Promise<{ readonly gradientNorm: number }>;
  /** The accumulated gradient of a tensor, a copy. */
  gradient(name: string): Float32Array;
  /** A view on the present weights, without dropout. Its results change with every update. */
  encoder(head?: string): Promise<Encoder>;
  /** The present weights, a view: valid until the next update. */
  weights(): WeightSource;
  state(): TrainerState;
  /** @throws HasheeError `INVALID_CHECKPOINT` when names or shapes differ. */
  restore(state: TrainerState): Promise<void>;
  dispose(): Promise<void>;
}
