import type { EncoderConfig, HeadConfig } from '@hashee/core';
import type { Engine } from '../engine/engine.js';
import type { Tensor } from '../engine/tensorflow.js';
import type { Parameters } from './parameters.js';

/** Where dropout is applied. */
export type DropoutSite =
  | { readonly kind: 'embeddings' }
  | { readonly kind: 'hidden' | 'attention'; readonly layer: number }
  | { readonly kind: 'classifier'; readonly head: HeadConfig };

/** What the parts of the encoder share. */
export interface EncoderContext {
  readonly engine: Engine;
  readonly config: EncoderConfig;
  readonly parameters: Parameters;
  /** Present in training only. */
  readonly dropout?: ((x: Tensor, site: DropoutSite) => Tensor) | undefined;
  /** Given the attention's context `[m, A·D]` of a layer; what it returns takes its place. */
  readonly onAttention?: ((layer: number, mixed: Tensor) => Tensor) | undefined;
}

export function dropout(context: EncoderContext, x: Tensor, site: DropoutSite): Tensor {
  return context.dropout ? context.dropout(x, site) : x;
}
