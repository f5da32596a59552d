import type { SequenceToSequenceCheckpoint, Tokenizer } from '@hashee/core';

/** What a generator needs of a model. `loadSequenceToSequence` of `@hashee/checkpoint` returns one. */
export interface GenerationModel extends SequenceToSequenceCheckpoint {
  /** Has to decode too. */
  readonly tokenizer: Tokenizer;
  /** Fields of its generation_config.json: defaults of all calls. */
  readonly generationConfig?: Readonly<Record<string, unknown>> | undefined;
}
