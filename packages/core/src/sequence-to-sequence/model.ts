import type { TokenBatch } from '../batch.js';
import type { ExitTable } from '../exit-table.js';
import type { SequenceToSequenceConfig } from './config.js';
import type { Decoding } from './decoding.js';

/** A loaded encoder-decoder. Calls may overlap; each result depends only on its own batch. */
export interface SequenceToSequenceModel {
  readonly config: SequenceToSequenceConfig;
  /** Of the encoder's layers. */
  readonly exitTable: ExitTable | undefined;
  /** Of the decoder's layers, by the token that the decoder is given. */
  readonly decoderExitTable?: ExitTable | undefined;
  readonly dtype: string;
  /**
   * Encodes sources, exits as the table or the batch says, and makes them ready to be decoded.
   * @throws HasheeError `INVALID_BATCH`, `ABORTED`, `DISPOSED`, `RUNTIME`
   */
  begin(sources: TokenBatch, options?: { readonly signal?: AbortSignal | undefined }): Promise<Decoding>;
  /** Frees native memory. Idempotent; every later call fails with `DISPOSED`. */
  dispose(): Promise<void>;
}
