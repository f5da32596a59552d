import type { EncoderConfig } from '../config.js';
import type { HeadConfig } from '../head.js';

/** Where a model drops entries in training; with `head` the classifier of it, or its own attention. */
export type DropoutPlace =
  | { readonly kind: 'embeddings' | 'hidden' | 'attention' | 'activation' }
  | { readonly kind: 'classifier' | 'head-attention'; readonly head: HeadConfig };

/** @param override `TrainingSpec.dropout`, which counts wherever models have dropout: after activations, where the config says so */
export function dropoutProbability(config: EncoderConfig, place: DropoutPlace, override: number | undefined): number {
  const { hidden, attention, activation = 0 } = config.dropout;
  if (place.kind === 'activation' && activation === 0) return 0;
  if (override !== undefined) return override;
  if (place.kind === 'activation') return activation;
  if ('head' in place) return place.head.dropout;
  return place.kind === 'attention' ? attention : hidden;
}
