import type { ExitTable, TextInput, TokenBatch } from '@hashee/core';

/** What is timed: texts to labels with tokenizing, or the computation of ready batches of tokens. */
export type BenchPart = 'texts' | 'tokens';
export type RowDtype = 'fp32' | 'q8';

/** A batch, as text and as tokens. */
export interface WorkBatch {
  readonly texts: readonly TextInput[];
  readonly tokens: TokenBatch;
}

/** One turn of a row: a few batches. */
export interface WorkSlice {
  readonly batches: readonly WorkBatch[];
}

/** The most probable label of a text. */
export interface Answer {
  readonly label: string;
  readonly score: number;
}

export interface SliceOutcome {
  /** In the order of the slice. */
  readonly answers: readonly Answer[];
  /** Multiply-accumulates, without padding, of rows that account for them. */
  readonly macs?: number | undefined;
  /** By a clock of its own, for work in another process. */
  readonly milliseconds?: number | undefined;
  /** Of that other process so far. */
  readonly peakMemoryBytes?: number | undefined;
}

/** How the cores are used. */
export interface Setting {
  /** Threads inside one operator. */
  readonly threads: number;
  /** Worker threads with sessions of their own; absent: everything runs on the thread that calls. */
  readonly workers?: number | undefined;
}

/** Where the weights are. Can be sent to threads and processes. */
export interface ModelPlace {
  /** Folder that Hashee loads. */
  readonly directory: string;
  /** The same weights for others: a transformers folder in float32, with graphs in `onnx/`. */
  readonly peers: string;
  /** In place of the folder's own table. */
  readonly table?: ExitTable | undefined;
}

export interface OpenSettings {
  readonly place: ModelPlace;
  readonly part: BenchPart;
  readonly setting: Setting;
  /** Sequences in a batch. */
  readonly batchSize: number;
  /** Program of the worker threads. @default the file beside this one */
  readonly poolWorker?: string | undefined;
  /** Program of Python with torch and transformers. */
  readonly python?: string | undefined;
}

/** A loaded row. */
export interface OpenRow {
  /** Name and version of what computes, besides Node. */
  readonly versions: Readonly<Record<string, string>>;
  run(slice: WorkSlice): Promise<SliceOutcome>;
  dispose(): Promise<void>;
}

/** One of the things that are timed against each other. */
export interface Row {
  readonly name: string;
  /** All tokens in all layers, or each up to its exit. */
  readonly computes: 'dense' | 'exits';
  readonly dtype: RowDtype;
  /** Queries of the last layer: all, or only those that the head reads. */
  readonly lastLayer: 'all' | 'read';
  /** What it is, in a few words. */
  readonly about: string;
  /** Why it can't take part, or undefined where nothing speaks against it. */
  refuses(settings: Pick<OpenSettings, 'part' | 'setting' | 'python'>): string | undefined;
  /** @throws HasheeError `MISSING_DEPENDENCY`, `UNSUPPORTED` where it turns out that it can't take part */
  open(settings: OpenSettings): Promise<OpenRow>;
}
