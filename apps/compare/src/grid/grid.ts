import type { RecipeOptions } from '@hashee/baselines';

/** What a grid may change of a recipe. */
export type GridRecipe = Pick<
  RecipeOptions,
  | 'epochs'
  | 'batchSize'
  | 'accumulation'
  | 'learningRate'
  | 'warmup'
  | 'dropout'
  | 'patience'
  | 'evaluateEvery'
  | 'checkpointEvery'
>;

export interface GridTask {
  readonly name: string;
  /** In tokens. @default the task's */
  readonly maxLength?: number | undefined;
  /** At most so many examples, evenly from the whole file. @default the grid's limits */
  readonly train?: number | undefined;
  readonly dev?: number | undefined;
  /** On top of the grid's. */
  readonly recipe?: GridRecipe | undefined;
  /** Dense models that are there already: folders by seed, relative to the grid file. */
  readonly dense?: Readonly<Record<string, string>> | undefined;
}

export interface GridMethod {
  readonly name: string;
  /** On top of the grid's and the task's. */
  readonly recipe?: GridRecipe | undefined;
  /** For single stages of the training, by name: `exits` for all targets, `exits-3` for one. */
  readonly stages?: Readonly<Record<string, GridRecipe>> | undefined;
  /** @default the grid's */
  readonly tasks?: readonly string[] | undefined;
  /** @default the grid's */
  readonly targets?: readonly number[] | undefined;
}

/** What is timed against the dense model. */
export interface GridLatency {
  /** @default [1, 2, 4, 8, 16, 32, 64] */
  readonly batchSizes: readonly number[];
  /** Of dev, evenly. @default 128 */
  readonly sequences: number;
  /** @default 3 */
  readonly rounds: number;
  /** @default 1 */
  readonly warmup: number;
  /** @default the grid's first */
  readonly seeds?: readonly number[] | undefined;
  /** @default all of the grid's, of each of these three */
  readonly tasks?: readonly string[] | undefined;
  readonly methods?: readonly string[] | undefined;
  readonly targets?: readonly number[] | undefined;
}

/** Some of a grid's cells: those that have all that it names. */
export interface GridSelection {
  /** @default all */
  readonly tasks?: readonly string[] | undefined;
  readonly methods?: readonly string[] | undefined;
  readonly seeds?: readonly number[] | undefined;
  /** Of methods that are trained for a speed-up. */
  readonly targets?: readonly number[] | undefined;
}

/** What is compared with what: methods x tasks x seeds x speed-ups. */
export interface Grid {
  readonly format: 'hashee-grid';
  readonly version: 1;
  readonly title: string;
  /** Folder of the pretrained encoder, relative to the grid file. */
  readonly encoder: string;
  readonly tasks: readonly GridTask[];
  readonly methods: readonly GridMethod[];
  readonly seeds: readonly number[];
  /** Speed-ups at which methods are compared. @default [2, 3, 4] */
  readonly targets: readonly number[];
  readonly recipe: GridRecipe;
  /**
   * What is made first, then what next; cells that no entry names come last. An interrupted grid is a smaller table then,
   * not half of one. Within an entry: seed by seed, task by task, methods as they are listed.
   */
  readonly order: readonly GridSelection[];
  /** At most so many examples of each task. */
  readonly limits: { readonly train?: number | undefined; readonly dev?: number | undefined };
  /** Sequences of dev that are also answered one by one. @default 512 */
  readonly single: { readonly sequences: number };
  /** Absent: nothing is timed. */
  readonly latency?: GridLatency | undefined;
  /** Sentences of dev whose words are shown with the layers where they leave. @default 16 */
  readonly sentences: number;
  /** @default 1 */
  readonly threads: number;
  /** Keeps every trained model, not the dense ones only. @default false */
  readonly keepModels: boolean;
}
