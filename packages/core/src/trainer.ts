import type { TokenBatch } from './batch.js';
import type { Encoder } from './encoder.js';
import type { ExitTable } from './exit-table.js';
import type { HeadConfig } from './head.js';
import type { WeightSource } from './weights.js';

/**
 * One term of the loss, averaged over the rows of the batch (tokens with a label, for token classification).
 * - `cross-entropy`: against class indices, or rows of probabilities.
 * - `mse`: squared distance from numbers, one a row and output, summed over the outputs.
 * - `distillation`: T²·KL(teacher || student) of logits softened by the temperature T; `targets` are teacher logits `[rows, C]`.
 * - `cosine`: 1 - cos(z, y) of each row; `targets` are rows of C numbers (DistilBERT).
 * - `uncertainty`: (σ(z) - e)², where e says how wrong the head `of` is on that row: 1 or 0 by its largest logit, |tanh(z - y)|
 *   for regression; `targets` are that head's labels. No gradient reaches `of` (BERxiT's learning to exit).
 * - `confidence-margin`: max(0, margin - (c_r - c_p(r))), c the largest probability of a row, over the rows r that have a
 *   partner; `targets` name its row in the batch, -1 for none (CascadeBERT's difficulty-aware regularisation).
 */
export interface LossTerm {
  readonly head: string;
  readonly kind: 'cross-entropy' | 'mse' | 'distillation' | 'cosine' | 'uncertainty' | 'confidence-margin';
  /** Key into the targets of a step. @default `labels` */
  readonly target?: string | undefined;
  /** @default 1 */
  readonly weight?: number | undefined;
  /** Softens both sides of `distillation`. @default 1 */
  readonly temperature?: number | undefined;
  /** The head that `uncertainty` is about. */
  readonly of?: string | undefined;
  /** Of `confidence-margin`. @default 0.3 */
  readonly margin?: number | undefined;
  /** Counts only in updates u (from 0) with u mod `of` = `at`; in the others its value is 0. @default in all */
  readonly turn?: { readonly of: number; readonly at: number } | undefined;
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
  /**
   * Gradient equilibrium (Liu et al., NAACL 2022): on its way back the gradient is multiplied by 1/(L - l + 1) where it
   * enters the states of layer l and by L - l where it leaves layer l + 1 for them, so that each layer gets the mean of the
   * exits' gradients above it instead of their sum. Heads get theirs unscaled, and the loss is what it is. @default false
   */
  readonly gradientEquilibrium?: boolean | undefined;
}

/** Class indices (Int32Array, -1 = no label), numbers, or rows of C values (Float32Array), by target name. */
export type Targets = Readonly<Record<string, Int32Array | Float32Array>>;

export interface StepResult {
  /** Weighted sum of all terms. */
  readonly loss: number;
  /** Each term, in the order of the recipe, before weighting. */
  readonly terms: readonly number[];
}

export interface AccumulateOptions {
  /** @default 1 */
  readonly scale?: number | undefined;
  /**
   * Runs these layers only, ascending; the others are left out as if the model didn't have them, and a head reads the last
   * of these up to its own layer (BERT-of-Theseus). @default all
   */
  readonly layers?: readonly number[] | undefined;
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
   * @throws HasheeError `INVALID_BATCH`, `INVALID_ARGUMENT` (targets, layers), `RUNTIME` (loss not finite)
   */
  accumulate(batch: TokenBatch, targets: Targets, options?: AccumulateOptions): Promise<StepResult>;
  /** Clips, applies AdamW and clears the gradient. */
  update(options: { readonly learningRate: number }): Promise<{ readonly gradientNorm: number }>;
  /**
   * How much each attention head matters (Michel et al. 2019), `[A]` for each layer: the sum over the batch's tokens of
   * |⟨context of the head, dLoss/d context⟩|, context before the output projection, without dropout. Leaves gradient
   * and weights as they are. Present where the runtime can do it.
   */
  headImportance?(batch: TokenBatch, targets: Targets): Promise<Float32Array[]>;
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
