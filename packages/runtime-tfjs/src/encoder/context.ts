import type { EncoderConfig, HeadConfig } from '@hashee/core';
import type { Engine } from '../engine/engine.js';
import { ENGINES } from '../engine/engine-names.js';
import type { Tensor } from '../engine/tensorflow.js';
import type { FoldedWeights } from '../native/folded-weights.js';
import type { RaggedKernels } from '../operations/kernels.js';
import type { Parameters } from './parameters.js';

/** Where dropout is applied. */
export type DropoutSite =
  | { readonly kind: 'embeddings' }
  | { readonly kind: 'hidden' | 'attention' | 'activation'; readonly layer: number }
  | { readonly kind: 'classifier' | 'head-attention'; readonly head: HeadConfig };

/** What the parts of the encoder share. */
export interface EncoderContext {
  readonly engine: Engine;
  readonly config: EncoderConfig;
  readonly parameters: Parameters;
  /** Nobody asks for gradients. */
  readonly inference?: true | undefined;
  /** In inference where the engine has native calls, if the weights stay as they are. */
  readonly folded?: FoldedWeights | undefined;
  /** Present in training only. */
  readonly dropout?: ((x: Tensor, site: DropoutSite) => Tensor) | undefined;
  /** Given the attention's context `[m, A·D]` of a layer; what it returns takes its place. */
  readonly onAttention?: ((layer: number, mixed: Tensor) => Tensor) | undefined;
}

export function dropout(context: EncoderContext, x: Tensor, site: DropoutSite): Tensor {
  return context.dropout ? context.dropout(x, site) : x;
}

/** The engine's attention without padding, where it may be used. */
export function raggedKernels({ engine, config, inference }: EncoderContext): RaggedKernels | undefined {
  const { ragged } = engine.operations.kernels;
  return inference && ragged?.fits(config.headSize) && ragged.fits(config.hiddenSize) ? ragged : undefined;
}

/** What the choice between absorbed and projected attention depends on beside the batch. */
export function absorbedCost(context: EncoderContext): { absorbedPenalty: number; padsQueries: boolean } {
  const { absorbedPenalty, raggedPenalty = absorbedPenalty } = ENGINES[context.engine.name];
  const ragged = raggedKernels(context) !== undefined;
  return { absorbedPenalty: ragged ? raggedPenalty : absorbedPenalty, padsQueries: !ragged };
}
