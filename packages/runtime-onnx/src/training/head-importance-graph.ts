import type { EncoderConfig, HeadConfig, LossTerm } from '@hashee/core';
import { encoderGraph } from '../encoder/encoder-graph.js';
import type { EncoderShape } from '../encoder/shape.js';
import { differentiate } from '../gradient/differentiate.js';
import { Graph, type Value } from '../graph/graph.js';
import { multiply, reshape } from '../graph/operators.js';
import { lossSeeds } from './training-graph.js';

export const importanceOutput = (layer: number): string => `importance_${layer}`;

/**
 * Σ_t |⟨ctx_ht, dLoss/d ctx_ht⟩| of each head (Michel et al. 2019), `[A]` for each layer that has heads. Layers that the loss
 * doesn't depend on have no output.
 */
export function headImportanceGraph(
  config: EncoderConfig,
  shape: EncoderShape,
  heads: readonly HeadConfig[],
  losses: readonly LossTerm[],
): { readonly graph: Graph; readonly layers: readonly number[] } {
  const graph = new Graph();
  const contexts = new Map<number, Value>();
  const values = encoderGraph(
    { graph, config, onAttention: (layer, value) => contexts.set(layer, value) },
    shape,
    heads,
  );
  const seeds = lossSeeds(graph, heads, { terms: losses, counts: losses.map(() => true) }, values.logits);
  const gradients = differentiate(graph, seeds, [...contexts.values()]);
  const layers: number[] = [];
  for (const [layer, context] of contexts) {
    const gradient = gradients.get(context);
    if (gradient === undefined) continue;
    const product = reshape(graph, multiply(graph, context, gradient), [-1, config.heads[layer - 1], config.headSize]);
    const ofHead = graph.add('ReduceSum', [product, graph.integers([-1])], { keepdims: 0 }); // [m, A]
    const total = graph.add('ReduceSum', [graph.add('Abs', [ofHead]), graph.integers([0])], { keepdims: 0 });
    graph.output(total, importanceOutput(layer));
    layers.push(layer);
  }
  return { graph, layers };
}
