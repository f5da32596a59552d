import type { EncoderConfig } from './config.js';
import type { ExitTable } from './exit-table.js';
import type { HeadConfig } from './head.js';
import type { WeightSource } from './weights.js';

/** Everything a runtime needs to know of a model. `@hashee/checkpoint` reads it from a model directory. */
export interface Checkpoint {
  readonly config: EncoderConfig;
  /** May be empty: a pretrained encoder without a task. */
  readonly heads: readonly HeadConfig[];
  /** Absent: every token runs all layers. */
  readonly exitTable?: ExitTable | undefined;
  readonly weights: WeightSource;
}
