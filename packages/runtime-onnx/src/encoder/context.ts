import type { EncoderConfig, HeadConfig } from '@hashee/core';
import type { Graph, Value } from '../graph/graph.js';

/** Where dropout is applied. */
export type DropoutSite =
  | { readonly kind: 'embeddings' }
  | { readonly kind: 'hidden' | 'activation'; readonly layer: number }
  /** `group` where the layer's attention is computed in groups. */
  | { readonly kind: 'attention'; readonly layer: number; readonly group?: number | undefined }
  | { readonly kind: 'classifier' | 'head-attention'; readonly head: HeadConfig };

/** What the builders of the encoder's parts share. */
export interface BuildContext {
  readonly graph: Graph;
  readonly config: EncoderConfig;
  /** Present in training graphs only. */
  readonly dropout?: ((value: Value, site: DropoutSite) => Value) | undefined;
  /** Gradient equilibrium: present in training graphs whose recipe has it. */
  readonly scaleGradient?: ((value: Value, scale: number) => Value) | undefined;
  /** Told the attention's context `[m, A·D]` of a layer, for the importance of its heads. */
  readonly onAttention?: ((layer: number, value: Value) => void) | undefined;
  /** Exported graphs: the new states of a layer's queries, or the old ones where the batch doesn't reach that layer. */
  readonly settle?: ((layer: number, computed: Value, queries: Value) => Value) | undefined;
}

export function dropout(context: BuildContext, value: Value, site: DropoutSite): Value {
  return context.dropout ? context.dropout(value, site) : value;
}

/** Weight and bias of a linear map, as graph values. */
export function linearParameters(
  context: BuildContext,
  name: string,
  outputs: number,
  inputs: number,
): { weight: Value; bias: Value } {
  return {
    weight: context.graph.parameter(`${name}.weight`, [outputs, inputs]),
    bias: context.graph.parameter(`${name}.bias`, [outputs]),
  };
}
