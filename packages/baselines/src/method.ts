import type {
  Account,
  Backend,
  Checkpoint,
  EncoderConfig,
  HeadConfig,
  HeadTask,
  LabelledSequence,
  OptimizerSpec,
  TokenBatch,
} from '@hashee/core';
import type { EncodedDataset, Metric, MetricName } from '@hashee/eval';
import type { Vocabulary } from '@hashee/hash';
import type { TrainEvent } from '@hashee/train';
import type { Recording } from './recording.js';

/** A run of the training loop that belongs to a method's training, as `TrainContext.stages` names it. */
export interface MethodStage {
  /** Such as `exits`; the dense model's is `dense`. */
  readonly name: string;
  /** What its folder and its events have behind the name, as in `exits-3`: options may name it with or without. @default nothing */
  readonly per?: 'speedup' | 'layers' | undefined;
  /** Options that mean nothing to it. @default none */
  readonly without?: readonly (keyof RecipeOptions)[] | undefined;
}

/** A way to answer with less work: how it is trained, and how it runs. All methods look alike from outside. */
export interface Method {
  readonly specificationVersion: 'v1';
  /** Such as `deebert`. */
  readonly name: string;
  /** As papers write it. */
  readonly title: string;
  readonly family: 'dense' | 'hash' | 'exit' | 'cascade' | 'static';
  /** Paper. */
  readonly source: string;
  /** What it can be trained for. */
  readonly tasks: readonly HeadTask[];
  /** Methods with the same recipe train the same model, so one training serves them all. */
  readonly recipe: string;
  /** Counts up when the same settings train another model than before, so that older trainings aren't taken for it. @default 0 */
  readonly revision?: number | undefined;
  /** True where every target speed-up needs a training of its own (`context.speedup`); else the runner has settings. */
  readonly perSpeedup: boolean;
  /** What its training consists of, the dense model included where it begins with one. Absent: not told, so options can't be checked. */
  readonly stages?: readonly MethodStage[] | undefined;
  /**
   * Trains in `context.directory`. The same call goes on where an earlier one was stopped, and returns at once where it ended.
   * @throws HasheeError `UNSUPPORTED` for a task it isn't for, and what `train` of `@hashee/train` throws
   */
  train(context: TrainContext): Promise<TrainedMethod>;
  open(trained: TrainedMethod, backend: Backend): Promise<Runner>;
}

/** What a method trains from. */
export interface TrainContext {
  readonly backend: Backend;
  /** The pretrained encoder. */
  readonly model: Checkpoint;
  readonly trainSet: readonly LabelledSequence[];
  /** Selects weights, and says task and labels. */
  readonly dev: EncodedDataset;
  /** What selects on dev. @default the task's usual ones */
  readonly metrics?: readonly (MetricName | Metric)[] | undefined;
  /** Needed by HashEE. */
  readonly vocabulary?: Vocabulary | undefined;
  readonly seed: number;
  /** Holds every stage of the training. */
  readonly directory: string;
  /** Wanted from methods with `perSpeedup`: times less work than the dense model. */
  readonly speedup?: number | undefined;
  /** The same for all methods; what a method's paper has different is relative to it. */
  readonly recipe?: RecipeOptions | undefined;
  /** For single stages, by their names in `Method.stages`: a method that looks weak gets a sweep. */
  readonly stages?: Readonly<Record<string, RecipeOptions>> | undefined;
  /** The dense model of the same task and seed, so that it is trained once for all methods. @default trained in `directory` */
  readonly dense?: (() => Promise<Checkpoint>) | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: StageEvent) => void) | undefined;
}

/** See `TrainOptions` of `@hashee/train`. */
export interface RecipeOptions {
  /** @default 4 */
  readonly epochs?: number | undefined;
  /** @default 32 */
  readonly batchSize?: number | undefined;
  readonly accumulation?: number | undefined;
  /** @default 5e-5 */
  readonly learningRate?: number | undefined;
  /** @default 0.1 */
  readonly warmup?: number | undefined;
  /** Overrides the model's wherever dropout is on. */
  readonly dropout?: number | undefined;
  readonly optimizer?: OptimizerSpec | undefined;
  readonly patience?: number | undefined;
  /** `never`: dev selects nothing, the last weights are kept; saves the time, and scores on dev don't flatter by it. */
  readonly evaluateEvery?: number | 'epoch' | 'never' | undefined;
  readonly checkpointEvery?: number | undefined;
}

/** What happens in a stage of the training. */
export interface StageEvent {
  readonly stage: string;
  readonly event: TrainEvent;
}

/** What a training leaves: models by their part, and what else inference has to know. */
export interface TrainedMethod {
  /** Name of the recipe. */
  readonly recipe: string;
  /** `main`, or the members of a cascade. */
  readonly models: Readonly<Record<string, Checkpoint>>;
  /** Plain JSON. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** The dense model that speed-ups are counted against. */
  readonly dense: DenseReference;
}

export interface DenseReference {
  readonly config: EncoderConfig;
  readonly head: HeadConfig;
}

export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
}

/** A method ready to answer. */
export interface Runner {
  /** What the settings are, such as `threshold`; absent where there is none. */
  readonly knob: string | undefined;
  /** Worth trying, from the slowest to the fastest. Empty where there is no knob. */
  readonly settings: readonly number[];
  /** The same by what was recorded, so that they are spread over what settings can do. @default `settings` */
  settingsFor?(recording: Recording): readonly number[];
  readonly head: HeadConfig;
  readonly dense: DenseReference;
  /**
   * Loads what a setting needs and isn't loaded yet, so that the clock measures answers alone. `run` does so itself where this
   * wasn't called. Absent where nothing is left to load.
   */
  prepare?(setting?: number, options?: RunOptions): Promise<void>;
  /**
   * Answers a batch. Sequences that are done leave it, and the others go on as a smaller batch; the answers are the same in
   * any batch, to rounding.
   * @param setting needed where there is a knob
   */
  run(batch: TokenBatch, setting?: number, options?: RunOptions): Promise<RunResult>;
  /** Runs everything to the end once, so that all settings can be compared without running again. */
  record(batches: readonly TokenBatch[], options?: RunOptions): Promise<Recording>;
  /** Where a recorded sequence stops under a setting: an index of `recording.stops`. */
  stopAt(recording: Recording, row: number, setting?: number): number;
  dispose(): Promise<void>;
}

export interface RunResult {
  /** `[B, C]` in the order of the batch. */
  readonly logits: Float32Array;
  /** Layers that each sequence went through, `[B]`, those of earlier members of a cascade included; for HashEE the mean over its tokens. */
  readonly exits: Float64Array;
  /** Multiply-accumulates executed, heads included. */
  readonly macs: number;
  /** Of each encoder that ran. */
  readonly accounts: readonly Account[];
}
