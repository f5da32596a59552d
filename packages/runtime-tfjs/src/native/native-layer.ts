import type { BatchPlan } from '../encoder/batch-plan.js';
import type { EncoderContext } from '../encoder/context.js';
import type { QueryPlan } from '../encoder/query-plan.js';
import type { LayerShape } from '../encoder/shape.js';
import type { Tensor } from '../engine/tensorflow.js';
import type { FoldedLayer, FoldedWeights } from './folded-weights.js';
import type { NativeCalls } from './native-calls.js';
import { nativeLayerNorm } from './native-kernels.js';

interface Inputs {
  readonly context: EncoderContext;
  readonly native: NativeCalls;
  readonly weights: FoldedLayer;
  /** [m, H] */
  readonly queries: Tensor;
  /** [T, H] */
  readonly states: Tensor;
  readonly plan: BatchPlan;
  readonly queryPlan: QueryPlan;
}

/**
 * `computeQueries` for TensorFlow's native library, in inference: weights folded beforehand, no call that only prepares another.
 * @param states [T, H], all tokens in computing order
 * @returns [m, H]
 */
export function nativeQueries(
  context: EncoderContext,
  native: NativeCalls,
  folded: FoldedWeights,
  shape: LayerShape,
  states: Tensor,
  plan: BatchPlan,
  queryPlan: QueryPlan,
): Tensor {
  const { engine, config, parameters } = context;
  const { tf } = engine;
  const { layer } = shape;
  const weights = folded.layer(layer);
  const set = `layers.${config.layerWeights[layer - 1]}`;
  const norm = (a: Tensor, b: Tensor, name: string): Tensor => {
    const { weight, bias } = parameters.norm(`${set}.${name}`);
    return nativeLayerNorm(native, native.add(a, b), weight, bias, config.layerNormEpsilon).value;
  };
  const queries =
    shape.queries === 'first'
      ? native.rows(states, engine.rows(plan.firstPlaces()))
      : native.firstRows(states, queryPlan.count);
  // Scopes of their own: what a part leaves behind is freed before the next one takes memory.
  const y = tf.tidy(() => {
    const attention = shape.attention === 'absorbed' ? absorbed : projected;
    const mixed = attention({ context, native, weights, queries, states, plan, queryPlan });
    return norm(queries, native.linear(mixed, weights.output.weight, weights.output.bias), 'attentionNorm');
  });
  return tf.tidy(() => {
    const up = native.linear(y, weights.up.weight, weights.up.bias); // [m, I]
    const inner =
      config.activation === 'gelu'
        ? native.add(up, native.multiply(up, native.erf(up)))
        : engine.operations.kernels.activation(up, config.activation);
    return norm(y, native.linear(inner, weights.down.weight, weights.down.bias), 'norm');
  });
}

/** See `projectedAttention`. */
function projected({ context, native, weights, queries, states, plan, queryPlan }: Inputs): Tensor {
  const { engine, config } = context;
  const { headSize: D } = config;
  const { heads: A, query, key, value } = weights;
  const { sequences: B, longest: S, tokens: T } = plan;
  const { count: m, longest: Q } = queryPlan;
  const { places, answers } = queryPlan.byToken(A);
  const keyPlaces = engine.rows(plan.keyPlaces(A));
  const heads = (x: Tensor, rows: number, places: Tensor, length: number): Tensor =>
    native.reshape(native.rows(native.reshape(x, [rows * A, D]), places), [B, A, length, D]);
  const q = heads(native.linear(queries, query.weight, query.bias), m, engine.rows(places), Q);
  const k = heads(native.product(states, key), T, keyPlaces, S);
  const v = heads(native.product(states, value), T, keyPlaces, S);
  const scores = native.product(q, k, false, true); // [B, A, Q, S]
  const p = native.softmax(masked(context, native, scores, plan, [B, 1, 1, S]));
  const mixed = native.reshape(native.product(p, v), [B * A * Q, D]);
  return native.reshape(native.rows(mixed, engine.rows(answers)), [m, A * D]);
}

/** See `absorbedAttention`. */
function absorbed({ context, native, weights, queries, states, plan, queryPlan }: Inputs): Tensor {
  const { engine, config } = context;
  const { headSize: D, hiddenSize: H } = config;
  const { heads: A, query, keyHeads, valueHeads } = weights;
  const { sequences: B, longest: S } = plan;
  const { count: m, longest: Q } = queryPlan;
  const { places, answers } = queryPlan.byHead(A);
  const x = native.reshape(native.rows(states, engine.rows(plan.paddedPlaces())), [B, S, H]);
  const rows = native.reshape(native.linear(queries, query.weight, query.bias), [m, A, D]);
  const q = native.product(native.transpose(rows, [1, 0, 2]), keyHeads); // [A, m, H]
  const placed = native.reshape(native.rows(native.reshape(q, [A * m, H]), engine.rows(places)), [B, A * Q, H]);
  const scores = native.product(placed, x, false, true); // [B, A·Q, S]
  const p = native.softmax(masked(context, native, scores, plan, [B, 1, S]));
  const mixed = native.reshape(native.product(p, x), [B * A * Q, H]);
  const picked = native.reshape(native.rows(mixed, engine.rows(answers)), [A, m, H]);
  const values = native.product(picked, valueHeads); // [A, m, D]
  return native.reshape(native.transpose(values, [1, 0, 2]), [m, A * D]);
}

function masked(
  { engine }: EncoderContext,
  native: NativeCalls,
  scores: Tensor,
  plan: BatchPlan,
  shape: number[],
): Tensor {
  return plan.isPadded ? native.add(scores, engine.float32(plan.mask(), shape)) : scores;
}
