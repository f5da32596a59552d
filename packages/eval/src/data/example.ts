import type { HeadTask, TextInput } from '@hashee/core';

/** What the rows of a file say. The first three are what heads of today's models answer. */
export type DataKind = HeadTask | 'multi-label' | 'generation';

/** A text, or a pair of texts, with its class or value. */
export interface TextExample {
  readonly text: TextInput;
  /** Index into the data set's labels, or the number for regression. Absent in unlabelled files. */
  readonly label?: number | undefined;
}

/** A sentence cut into words, each with its tag. */
export interface TaggedExample {
  readonly words: readonly string[];
  /** `[words]`, indices into the data set's labels. Absent in unlabelled files. */
  readonly tags?: readonly number[] | undefined;
}

/** A text, or a pair, with several answers that are yes or no. */
export interface MultiLabelExample {
  readonly text: TextInput;
  /** `[labels]`, each 0 or 1. Absent in unlabelled files. */
  readonly labels?: readonly number[] | undefined;
}

/** A text and the text to be written for it. */
export interface GenerationExample {
  readonly source: string;
  /** Absent in unlabelled files. */
  readonly target?: string | undefined;
}

/** Shape of one example by the kind of data. */
export interface ExampleOfKind {
  readonly 'sequence-classification': TextExample;
  readonly regression: TextExample;
  readonly 'token-classification': TaggedExample;
  readonly 'multi-label': MultiLabelExample;
  readonly generation: GenerationExample;
}

/** The examples of one file, in its order. */
export interface Dataset<Kind extends DataKind = DataKind> {
  /** The path it was read from. */
  readonly file: string;
  readonly kind: Kind;
  /** Names of the classes, tags or answers by index; the name of the value for regression; empty for generation. */
  readonly labels: readonly string[];
  readonly examples: readonly ExampleOfKind[Kind][];
}
