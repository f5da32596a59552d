import { type HeadConfig, readsFirstOnly } from '@hashee/core';
import type { Value } from '../graph/graph.js';
import { gatherRows } from '../graph/operators.js';
import type { BuildContext } from './context.js';
import { embeddingStates, embeddingStatesToLookUp, embeddingSum } from './embeddings.js';
import { headLogits } from './head.js';
import { encoderLayer, lastLayer } from './layer.js';
import { PLAN } from './plan-names.js';
import { type EncoderShape, isGrouped } from './shape.js';
import { type States, toRagged } from './states.js';

export interface EncoderValues {
  /** Sum of the embedding rows, [T, E]: where the gradient of the tables is taken. */
  readonly embeddings: Value;
  /** [T, H] in the order of the batch; absent where the last layer computes first tokens only. */
  readonly hidden: Value | undefined;
  /** [B, H], the states of the first tokens. */
  readonly first: Value;
  /** Logits by head name. */
  readonly logits: ReadonlyMap<string, Value>;
}

/** Embeddings, layers and the given heads. Heads may read inner layers. */
export function encoderGraph(context: BuildContext, shape: EncoderShape, heads: readonly HeadConfig[]): EncoderValues {
  const { graph } = context;
  const embeddings = embeddingSum(context);
  const logits = new Map<string, Value>();
  /** A head reads the last layer that runs, up to its own. */
  const answer = (layer: number, next: number, firstOf: () => Value, raggedOf: () => Value): void => {
    for (const head of heads)
      if (head.layer >= layer && head.layer < next)
        logits.set(head.name, headLogits(context, head, readsFirstOnly(head) ? firstOf() : raggedOf()));
  };

  let states: States = shape.layers[0]?.lookedUp
    ? embeddingStatesToLookUp(context, embeddings)
    : { value: embeddingStates(context, embeddings), layout: 'ragged' };
  const depth = shape.layers.length;
  for (const [index, layer] of shape.layers.entries()) {
    const next = shape.layers[index + 1]?.layer ?? Number.POSITIVE_INFINITY;
    if (index + 1 === depth && shape.read === 'first') {
      const first = lastLayer(context, layer, states, shape.absorption);
      answer(
        layer.layer,
        next,
        () => first,
        () => first,
      );
      return { embeddings, hidden: undefined, first, logits };
    }
    const groups = isGrouped(shape, index) ? (shape.groups ?? 1) : 1;
    states = encoderLayer(context, layer, states, { groups, absorption: shape.absorption ?? 'gathered' });
    const above = context.config.layers - layer.layer;
    states = rescaled(context, states, 1 / (above + 1));
    const current = states;
    answer(
      layer.layer,
      next,
      () => firstRows(context, current),
      () => toRagged(graph, current).value,
    );
    states = rescaled(context, states, above);
  }
  return { embeddings, hidden: toRagged(graph, states).value, first: firstRows(context, states), logits };
}

/** Gradient equilibrium (Liu et al., NAACL 2022): the values stay, the gradient is multiplied. */
function rescaled(context: BuildContext, states: States, scale: number): States {
  return context.scaleGradient ? { ...states, value: context.scaleGradient(states.value, scale) } : states;
}

function firstRows(context: BuildContext, states: States): Value {
  const first = context.graph.input(states.layout === 'ragged' ? PLAN.first : PLAN.firstPadded, 'int64', ['B']);
  return gatherRows(context.graph, states.value, first, { kind: 'distinct' });
}
