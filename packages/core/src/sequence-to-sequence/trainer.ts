import type { TokenBatch } from '../batch.js';
import type { ExitTable } from '../exit-table.js';
import type { OptimizerSpec, TrainerState } from '../trainer.js';
import type { WeightSource } from '../weights.js';
import type { SequenceToSequenceModel } from './model.js';
import type { TargetBatch } from './targets.js';

/** How an encoder-decoder is trained, as data: by teacher forcing, with the exits of inference. */
export interface SequenceToSequenceTrainingSpec {
  /** Drives dropout. */
  readonly seed: number;
  /** Of the source's tokens. `null`: all layers for all tokens. @default the checkpoint's */
  readonly exitTable?: ExitTable | null | undefined;
  /** Of the decoder's tokens. `null`: all layers for all tokens. @default the checkpoint's */
  readonly decoderExitTable?: ExitTable | null | undefined;
  /**
   * The share ε of every label that is spread over the vocabulary: the loss of a label y is
   * `-(1 - ε)·ln p_y - ε/V · Σ_v ln p_v` (Szegedy et al. 2016). @default 0
   */
  readonly labelSmoothing?: number | undefined;
  readonly optimizer?: OptimizerSpec | undefined;
  /** Overrides the config's dropout, of encoder and decoder; `0` switches it off everywhere. */
  readonly dropout?: number | undefined;
  /** Canonical names (or prefixes ending in a dot) of the tensors that train. @default all */
  readonly trainable?: readonly string[] | undefined;
}

/** An encoder-decoder on its way. Not reentrant: await each call. */
export interface SequenceToSequenceTrainer {
  /** Optimizer updates so far. */
  readonly step: number;
  /**
   * Forward and backward of sources with their outputs; adds `scale` times the gradient to what is there. The loss is the mean over the
   * labels of the batch that count.
   * @throws HasheeError `INVALID_BATCH`, `INVALID_ARGUMENT`, `RUNTIME` (loss not finite)
   */
  accumulate(
    sources: TokenBatch,
    targets: TargetBatch,
    options?: { readonly scale?: number | undefined },
  ): Promise<{ readonly loss: number }>;
  /** Clips, applies AdamW and clears the gradient. */
  update(options: { readonly learningRate: number }): Promise<{ readonly gradientNorm: number }>;
  /** The accumulated gradient of a tensor, a copy. A vocabulary that is tied to the word table has its gradient there. */
  gradient(name: string): Float32Array;
  /** A view on the present weights, without dropout. Its results change with every update. */
  model(): Promise<SequenceToSequenceModel>;
  /** The present weights, a view: valid until the next update. */
  weights(): WeightSource;
  state(): TrainerState;
  /** @throws HasheeError `INVALID_CHECKPOINT` when names or shapes differ. */
  restore(state: TrainerState): Promise<void>;
  dispose(): Promise<void>;
}
