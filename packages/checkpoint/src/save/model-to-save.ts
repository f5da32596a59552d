import type { EncoderConfig, ExitTable, HeadConfig, WeightSource } from '@hashee/core';
import type { HasheeMetadata } from '../hashee/metadata.js';
import type { Model } from '../model/load-model.js';

/** How matrices are stored. Vectors and small matrices stay F32 with `I8`. */
export type SavedDtype = 'F32' | 'F16' | 'I8';

/** A model on its way to a folder. */
export interface ModelToSave {
  /** Tokenizer files and the remaining fields of config.json come from its folder. */
  readonly base: Pick<Model, 'directory' | 'tokenizer' | 'huggingFaceConfig'>;
  readonly config: EncoderConfig;
  readonly heads: readonly HeadConfig[];
  /** Under canonical names. */
  readonly weights: WeightSource;
  /** Absent: every token runs all layers. */
  readonly exitTable?: ExitTable | undefined;
  readonly metadata?: HasheeMetadata | undefined;
  /** @default F32 */
  readonly dtype?: SavedDtype | undefined;
}
