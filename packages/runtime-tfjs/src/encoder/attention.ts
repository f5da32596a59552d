import type { Tensor } from '../engine/tensorflow.js';
import type { BatchPlan } from './batch-plan.js';
import { dropout, type EncoderContext, raggedKernels } from './context.js';
import type { QueryPlan } from './query-plan.js';
import { raggedAbsorbed, raggedProjected } from './ragged-attention.js';

/**
 * Multi-head attention with projected keys and values, `softmax(Q Kᵀ / √D) V`. Free places among the padded queries read row 0
 * and are never read back.
 * @param queries [m, H]
 * @param states [T, H], all tokens in computing order
 * @returns [m, A·D]
 */
export function projectedAttention(
  context: EncoderContext,
  layer: number,
  queries: Tensor,
  states: Tensor,
  plan: BatchPlan,
  queryPlan: QueryPlan,
): Tensor {
  const ragged = raggedKernels(context);
  if (ragged) return raggedProjected(context, ragged, layer, queries, states, plan, queryPlan);
  const { engine, config, parameters } = context;
  const { operations } = engine;
  const { headSize: D } = config;
  const A = config.heads[layer - 1];
  const set = `layers.${config.layerWeights[layer - 1]}`;
  const { sequences: B, longest: S, tokens: T } = plan;
  const { count: m, longest: Q } = queryPlan;
  const { places, answers } = queryPlan.byToken(A);
  const keyPlaces = engine.rows(plan.keyPlaces(A));
  const heads = (x: Tensor, part: string, n: number, places: Tensor, length: number): Tensor => {
    const rows = operations.reshape(operations.linear(x, parameters.linear(`${set}.${part}`)), [n * A, D]);
    return operations.reshape(operations.takeRows(rows, places), [B * A, length, D]);
  };

  const q = heads(queries, 'query', m, engine.rows(places), Q); // [B·A, Q, D]
  const k = heads(states, 'key', T, keyPlaces, S); // [B·A, S, D]
  const v = heads(states, 'value', T, keyPlaces, S); // [B·A, S, D]
  const mask = engine.float32(plan.mask(), [B, 1, 1, S]);
  const scores = operations.reshape(operations.matMul(q, k, true), [B, A, Q, S]);
  const weights = dropout(context, operations.softmax(scores, mask, 1 / Math.sqrt(D)), { kind: 'attention', layer });
  const mixed = operations.matMul(operations.reshape(weights, [B * A, Q, S]), v); // [B·A, Q, D]
  const picked = operations.takeRows(operations.reshape(mixed, [B * A * Q, D]), engine.rows(answers)); // [m·A, D]
  return operations.reshape(picked, [m, A * D]);
}

/**
 * The same attention with the key matrix folded into the query and the value matrix applied after the mixing:
 * `scores = (Q_h W_K,hᵀ) Xᵀ`, `context = (P_h X) W_V,h + b_V,h`. The key's bias shifts all scores of a query alike and drops
 * out of the softmax. Tokens that are keys only cost nothing of their own.
 * @param queries [m, H]
 * @param states [T, H], all tokens in computing order
 * @returns [m, A·D]
 */
export function absorbedAttention(
  context: EncoderContext,
  layer: number,
  queries: Tensor,
  states: Tensor,
  plan: BatchPlan,
  queryPlan: QueryPlan,
): Tensor {
  const ragged = raggedKernels(context);
  if (ragged) return raggedAbsorbed(context, ragged, layer, queries, states, plan, queryPlan);
  const { engine, config, parameters } = context;
  const { operations } = engine;
  const { headSize: D, hiddenSize: H } = config;
  const A = config.heads[layer - 1];
  const set = `layers.${config.layerWeights[layer - 1]}`;
  const { sequences: B, longest: S } = plan;
  const { count: m, longest: Q } = queryPlan;
  const { places, answers } = queryPlan.byHead(A);
  const keyHeads = operations.reshape(parameters.tensor(`${set}.key.weight`), [A, D, H]);
  const valueHeads = operations.reshape(parameters.tensor(`${set}.value.weight`), [A, D, H]);
  const padded = operations.takeRows(states, engine.rows(plan.paddedPlaces()));
  const x = operations.reshape(padded, [B, S, H]);

  const projected = operations.linear(queries, parameters.linear(`${set}.query`));
  const q = operations.transpose(operations.reshape(projected, [m, A, D]), [1, 0, 2]); // [A, m, D]
  const folded = operations.reshape(operations.matMul(q, keyHeads), [A * m, H]);
  const placed = operations.reshape(operations.takeRows(folded, engine.rows(places)), [B, A * Q, H]);
  const mask = engine.float32(plan.mask(), [B, 1, S]);
  const scores = operations.matMul(placed, x, true); // [B, A·Q, S]
  const weights = dropout(context, operations.softmax(scores, mask, 1 / Math.sqrt(D)), { kind: 'attention', layer });
  const mixed = operations.reshape(operations.matMul(weights, x), [B * A * Q, H]);
  const picked = operations.reshape(operations.takeRows(mixed, engine.rows(answers)), [A, m, H]);
  const values = operations.matMul(picked, valueHeads, true); // [A, m, D]
  const joined = operations.reshape(operations.transpose(values, [1, 0, 2]), [m, A * D]);
  const bias = `${set}.value.bias`;
  return operations.addBias(joined, parameters.tensor(bias), parameters.trains(bias));
}
