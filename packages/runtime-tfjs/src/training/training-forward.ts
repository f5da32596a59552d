import type { HeadConfig } from '@hashee/core';
import type { BatchPlan } from '../encoder/batch-plan.js';
import type { EncoderContext } from '../encoder/context.js';
import { embeddingStates } from '../encoder/embeddings.js';
import { headLogits, headLogitsOfAll } from '../encoder/head.js';
import { computeQueries, encoderLayer } from '../encoder/layer.js';
import type { LayerShape } from '../encoder/shape.js';
import type { Tensor } from '../engine/tensorflow.js';

/**
 * Logits of all given heads, each on the last layer that runs up to its own.
 * @param sum of the embedding rows, [T, E]
 * @param equilibrium scales gradients between layers (Liu et al., NAACL 2022); see TrainingSpec
 */
export function trainingForward(
  context: EncoderContext,
  plan: BatchPlan,
  layers: readonly LayerShape[],
  heads: readonly HeadConfig[],
  sum: Tensor,
  equilibrium: boolean,
): Map<string, Tensor> {
  const { engine, config } = context;
  const { operations } = engine;
  const logits = new Map<string, Tensor>();
  let states = embeddingStates(context, sum);
  layers.forEach((shape, index) => {
    const next = layers[index + 1]?.layer ?? Number.POSITIVE_INFINITY;
    const firstOnly = shape.queries === 'first';
    const queries = plan.queries(firstOnly ? 'first' : plan.active(shape.layer));
    const compute = firstOnly ? computeQueries : encoderLayer;
    states = compute(context, shape, states, plan, queries);
    const above = config.layers - shape.layer;
    if (equilibrium) states = operations.scaleGradient(states, 1 / (above + 1));
    for (const head of heads) {
      if (head.layer < shape.layer || head.layer >= next) continue;
      logits.set(
        head.name,
        firstOnly ? headLogits(context, head, states) : headLogitsOfAll(context, head, states, plan),
      );
    }
    if (equilibrium) states = operations.scaleGradient(states, above);
  });
  return logits;
}
