import type { EncoderConfig, ExitTable, HeadConfig, WeightSource } from '@hashee/core';
import type { HasheeMetadata } from '../hashee/metadata.js';
import type { Model } from '../model/load-model.js';

/** How matrices are stored. `q8`: 8-bit integers with a scale for each row; vectors and small matrices stay 32-bit floats. */
export type SavedDtype = 'fp32' | 'fp16' | 'q8';

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
  /** @default 'fp32' */
  readonly dtype?: SavedDtype | undefined;
}
