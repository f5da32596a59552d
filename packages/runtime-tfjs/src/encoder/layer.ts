import type { Tensor } from '../engine/tensorflow.js';
import { nativeQueries } from '../native/native-layer.js';
import { absorbedAttention, projectedAttention } from './attention.js';
import type { BatchPlan } from './batch-plan.js';
import { dropout, type EncoderContext } from './context.js';
import type { QueryPlan } from './query-plan.js';
import type { LayerShape } from './shape.js';

/**
 * One post-LayerNorm layer for its queries alone; all tokens are keys and values (methods: HashEE §1.3).
 * @param states [T, H], all tokens in computing order
 * @returns [m, H]: the first m rows in computing order, or the first token of each sequence
 */
export function computeQueries(
  context: EncoderContext,
  shape: LayerShape,
  states: Tensor,
  plan: BatchPlan,
  queryPlan: QueryPlan,
): Tensor {
  const { engine, config, parameters, folded } = context;
  const { operations } = engine;
  const { native } = operations.kernels;
  if (folded && native && shape.attention !== 'none')
    return nativeQueries(context, native, folded, shape, states, plan, queryPlan);
  const { layer } = shape;
  const set = `layers.${config.layerWeights[layer - 1]}`;
  const epsilon = config.layerNormEpsilon;
  const queries =
    shape.queries === 'first'
      ? operations.takeRows(states, engine.rows(plan.firstPlaces()))
      : operations.firstRows(states, queryPlan.count);

  let attended: Tensor;
  if (shape.attention === 'none') {
    const bias = `${set}.output.bias`;
    attended = operations.repeatRow(parameters.tensor(bias), queryPlan.count, parameters.trains(bias));
  } else {
    const attention = shape.attention === 'absorbed' ? absorbedAttention : projectedAttention;
    const mixed = attention(context, layer, queries, states, plan, queryPlan);
    const seen = context.onAttention ? context.onAttention(layer, mixed) : mixed;
    attended = dropout(context, operations.linear(seen, parameters.linear(`${set}.output`)), { kind: 'hidden', layer });
  }
  const y = operations.layerNorm(queries, attended, parameters.norm(`${set}.attentionNorm`), epsilon); // [m, H]
  const up = operations.linear(y, parameters.linear(`${set}.up`));
  const inner = operations.activation(up, config.activation); // [m, I]
  const kept = dropout(context, inner, { kind: 'activation', layer });
  const down = operations.linear(kept, parameters.linear(`${set}.down`));
  const fed = dropout(context, down, { kind: 'hidden', layer });
  return operations.layerNorm(y, fed, parameters.norm(`${set}.norm`), epsilon); // [m, H]
}

/** The layer with its queries put back among the frozen tokens: `[T, H]` to `[T, H]`. */
export function encoderLayer(
  context: EncoderContext,
  shape: LayerShape,
  states: Tensor,
  plan: BatchPlan,
  queryPlan: QueryPlan,
): Tensor {
  return context.engine.operations.replaceFirstRows(states, computeQueries(context, shape, states, plan, queryPlan));
}
