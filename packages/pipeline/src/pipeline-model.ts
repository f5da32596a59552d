import type { Checkpoint, Tokenizer } from '@hashee/core';

/** What a pipeline needs of a model. `loadModel` of `@hashee/checkpoint` returns one. */
export interface PipelineModel extends Checkpoint {
  readonly tokenizer: Tokenizer;
}
