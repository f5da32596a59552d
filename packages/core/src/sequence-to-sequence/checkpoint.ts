import type { ExitTable } from '../exit-table.js';
import type { WeightSource } from '../weights.js';
import type { SequenceToSequenceConfig } from './config.js';

/** Everything a runtime needs to know of an encoder-decoder. `@hashee/checkpoint` reads it from a model directory. */
export interface SequenceToSequenceCheckpoint {
  readonly config: SequenceToSequenceConfig;
  /** Of the source's tokens in the encoder. Absent: every token runs all layers. */
  readonly exitTable?: ExitTable | undefined;
  /** Of the decoder's tokens, those that it is given. Absent: every token runs all layers. */
  readonly decoderExitTable?: ExitTable | undefined;
  /** The encoder's tensors under the names of `WeightSource`, the decoder's under those of `decoderTensors`. */
  readonly weights: WeightSource;
}
