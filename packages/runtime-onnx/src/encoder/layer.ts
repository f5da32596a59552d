import type { Value } from '../graph/graph.js';
import { add, gatherRows, layerNorm, linear, reshape, scatterRows } from '../graph/operators.js';
import { activation } from './activation.js';
import { absorbedAttention, projectedAttention } from './attention.js';
import { type BuildContext, dropout, linearParameters } from './context.js';
import { lookedUpAttention } from './looked-up-attention.js';
import { PLAN } from './plan-names.js';
import type { Absorption, LayerShape } from './shape.js';
import { type States, toPadded, toRagged } from './states.js';
import { stridedAttention } from './strided-attention.js';

function norm(context: BuildContext, name: string, x: Value): Value {
  const { graph, config } = context;
  const weight = graph.parameter(`${name}.weight`, [config.hiddenSize]);
  const bias = graph.parameter(`${name}.bias`, [config.hiddenSize]);
  return layerNorm(graph, x, weight, bias, config.layerNormEpsilon);
}

/** How absorbed attention of a layer is computed. */
export interface AbsorbedWay {
  readonly groups: number;
  readonly absorption: Absorption;
}

const PLAIN: AbsorbedWay = { groups: 1, absorption: 'gathered' };

/** Everything of a layer for its queries alone: attention, residual, LayerNorm, feed-forward, residual, LayerNorm. */
function computeQueries(
  context: BuildContext,
  shape: LayerShape,
  queries: Value,
  states: States,
  { groups, absorption }: AbsorbedWay,
): Value {
  const absorb = absorption === 'strided' ? stridedAttention : absorbedAttention;
  const mixed =
    shape.attention === 'none'
      ? undefined
      : shape.attention === 'absorbed'
        ? absorb(context, shape.layer, queries, states.value, groups)
        : shape.lookedUp
          ? lookedUpAttention(context, states.inverseDeviation!)
          : projectedAttention(context, shape.layer, queries, states.value, shape.queries === 'all');
  if (mixed !== undefined) context.onAttention?.(shape.layer, mixed);
  return finishLayer(context, shape, queries, mixed);
}

/**
 * What follows the attention of a layer.
 * @param queries [m, H]
 * @param mixed [m, A·D], the heads' answers; undefined where the layer has no heads
 * @returns [m, H]
 */
export function finishLayer(context: BuildContext, shape: LayerShape, queries: Value, mixed: Value | undefined): Value {
  const { graph, config } = context;
  const { hiddenSize: H, intermediateSize: I, headSize: D } = config;
  const set = `layers.${config.layerWeights[shape.layer - 1]}`;
  const site = { kind: 'hidden', layer: shape.layer } as const;
  let attended: Value;
  if (mixed === undefined) {
    attended = graph.parameter(`${set}.output.bias`, [H]);
  } else {
    const { weight, bias } = linearParameters(context, `${set}.output`, H, config.heads[shape.layer - 1] * D);
    attended = dropout(context, linear(graph, mixed, weight, bias), site);
  }
  const y = norm(context, `${set}.attentionNorm`, add(graph, queries, attended)); // [m, H]

  const up = linearParameters(context, `${set}.up`, I, H);
  const down = linearParameters(context, `${set}.down`, H, I);
  const inner = activation(graph, config.activation, linear(graph, y, up.weight, up.bias)); // [m, I]
  const kept = dropout(context, inner, { kind: 'activation', layer: shape.layer });
  const fed = dropout(context, linear(graph, kept, down.weight, down.bias), site);
  return norm(context, `${set}.norm`, add(graph, y, fed)); // [m, H]
}

/**
 * One post-LayerNorm layer in which frozen tokens are keys and values only (methods: HashEE §1.3). With `queries: all` every
 * token is computed; otherwise the rows that the plan names are taken out, computed and put back in their places.
 */
export function encoderLayer(
  context: BuildContext,
  shape: LayerShape,
  states: States,
  way: AbsorbedWay = PLAIN,
): States {
  const { graph } = context;
  if (shape.queries === 'all') {
    const ragged = toRagged(graph, states);
    return { value: computeQueries(context, shape, ragged.value, ragged, PLAIN), layout: 'ragged' };
  }
  const laid = layoutFor(context, shape, states);
  const rows = rowsOf(context, shape.layer);
  const queries = gatherRows(graph, laid.value, reshape(graph, rows, [-1]), { kind: 'distinct' });
  const computed = computeQueries(context, shape, queries, laid, way);
  const settled = context.settle ? context.settle(shape.layer, computed, queries) : computed;
  return { value: scatterRows(graph, laid.value, rows, settled), layout: laid.layout };
}

/** The last layer where nothing but its queries is read: returns [m, H] without putting them back. */
export function lastLayer(
  context: BuildContext,
  shape: LayerShape,
  states: States,
  absorption: Absorption = 'gathered',
): Value {
  const { graph } = context;
  const laid = layoutFor(context, shape, states);
  const queries = gatherRows(graph, laid.value, reshape(graph, rowsOf(context, shape.layer), [-1]), {
    kind: 'distinct',
  });
  return computeQueries(context, shape, queries, laid, { groups: 1, absorption });
}

function layoutFor(context: BuildContext, shape: LayerShape, states: States): States {
  if (shape.attention === 'absorbed') return toPadded(context.graph, states);
  return shape.attention === 'projected' ? toRagged(context.graph, states) : states;
}

function rowsOf(context: BuildContext, layer: number): Value {
  return context.graph.input(PLAN.rows(layer), 'int64', [`m${layer}`, 1]);
}
