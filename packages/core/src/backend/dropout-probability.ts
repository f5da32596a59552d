import type { EncoderConfig } from '../config.js';
import type { HeadConfig } from '../head.js';

/** Where a model drops entries in training; with `head` the classifier of it, or its own attention. */
export type DropoutPlace =
  | { readonly kind: 'embeddings' | 'hidden' | 'attention' }
  | { readonly kind: 'classifier' | 'head-attention'; readonly head: HeadConfig };

/** @param override `TrainingSpec.dropout`, which counts everywhere */
export function dropoutProbability(config: EncoderConfig, place: DropoutPlace, override: number | undefined): number {
  if (override !== undefined) return override;
  const { hidden, attention } = config.dropout;
  if ('head' in place) return place.head.dropout;
  return place.kind === 'attention' ? attention : hidden;
}
