import type { Checkpoint } from './checkpoint.js';
import type { Encoder } from './encoder.js';
import type { ExitTable } from './exit-table.js';
import type { SequenceToSequenceCheckpoint } from './sequence-to-sequence/checkpoint.js';
import type { SequenceToSequenceModel } from './sequence-to-sequence/model.js';
import type { SequenceToSequenceTrainer, SequenceToSequenceTrainingSpec } from './sequence-to-sequence/trainer.js';
import type { Trainer, TrainingSpec } from './trainer.js';

/** What a backend can do, as data: shared code asks this and never the backend's name. */
export interface BackendCapabilities {
  readonly training: boolean;
  /** Step-by-step passes for methods that decide while running. */
  readonly passes: boolean;
  /** Encoder-decoders that generate. @default false */
  readonly generation?: boolean | undefined;
  /** First is the default. */
  readonly dtypes: readonly string[];
  /** First is the default. */
  readonly devices: readonly string[];
}

export type LoadProgress =
  | { readonly status: 'reading'; readonly name: string; readonly loaded: number; readonly total: number }
  | { readonly status: 'compiling'; readonly name: string }
  | { readonly status: 'ready' };

export interface LoadOptions {
  /** @default the first of `capabilities.dtypes` */
  readonly dtype?: string | undefined;
  /** The head that `forward` answers with. @default `main`, or none where the checkpoint has no heads */
  readonly head?: string | undefined;
  /** Replaces the checkpoint's table; `null` runs every token through all layers. @default the checkpoint's */
  readonly exitTable?: ExitTable | null | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((event: LoadProgress) => void) | undefined;
}

export interface SequenceToSequenceLoadOptions extends Omit<LoadOptions, 'head'> {
  /** Replaces the checkpoint's table of the decoder; `null` runs every token through all layers. @default the checkpoint's */
  readonly decoderExitTable?: ExitTable | null | undefined;
}

/** A runtime, made by a factory and handed to whoever needs one. */
export interface Backend {
  readonly specificationVersion: 'v1';
  readonly name: string;
  readonly capabilities: BackendCapabilities;
  /** @throws HasheeError `MISSING_DEPENDENCY`, `INVALID_CHECKPOINT`, `TABLE_MISMATCH`, `UNSUPPORTED`, `ABORTED` */
  load(checkpoint: Checkpoint, options?: LoadOptions): Promise<Encoder>;
  /** Present where `capabilities.training` is true. */
  createTrainer?(checkpoint: Checkpoint, spec: TrainingSpec): Promise<Trainer>;
  /**
   * Present where the backend runs encoder-decoders.
   * @throws HasheeError as `load`
   */
  loadSequenceToSequence?(
    checkpoint: SequenceToSequenceCheckpoint,
    options?: SequenceToSequenceLoadOptions,
  ): Promise<SequenceToSequenceModel>;
  /**
   * Present where the backend trains encoder-decoders.
   * @throws HasheeError `INVALID_CONFIG`, `INVALID_CHECKPOINT`, `INVALID_ARGUMENT`, `TABLE_MISMATCH`
   */
  createSequenceToSequenceTrainer?(
    checkpoint: SequenceToSequenceCheckpoint,
    spec: SequenceToSequenceTrainingSpec,
  ): Promise<SequenceToSequenceTrainer>;
}
