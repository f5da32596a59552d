import type { HeadConfig } from '@hashee/core';
import type { Value } from '../graph/graph.js';
import { gatherRows } from '../graph/operators.js';
import type { BuildContext } from './context.js';
import { embeddingStates, embeddingSum } from './embeddings.js';
import { headLogits, readsFirstOnly } from './head.js';
import { encoderLayer, lastLayer } from './layer.js';
import { PLAN } from './plan-names.js';
import type { EncoderShape } from './shape.js';
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
  const answer = (layer: number, last: boolean, firstOf: () => Value, raggedOf: () => Value): void => {
    for (const head of heads)
      if (last ? head.layer >= layer : head.layer === layer)
        logits.set(head.name, headLogits(context, head, readsFirstOnly(head) ? firstOf() : raggedOf()));
  };

  let states: States = { value: embeddingStates(context, embeddings), layout: 'ragged' };
  const depth = shape.layers.length;
  for (const [index, layer] of shape.layers.entries()) {
    const last = index + 1 === depth;
    if (last && shape.read === 'first') {
      const first = lastLayer(context, layer, states);
      answer(
        layer.layer,
        true,
        () => first,
        () => first,
      );
      return { embeddings, hidden: undefined, first, logits };
    }
    states = encoderLayer(context, layer, states);
    const current = states;
    answer(
      layer.layer,
      last,
      () => firstRows(context, current),
      () => toRagged(graph, current).value,
    );
  }
  return { embeddings, hidden: toRagged(graph, states).value, first: firstRows(context, states), logits };
}

function firstRows(context: BuildContext, states: States): Value {
  const first = context.graph.input(states.layout === 'ragged' ? PLAN.first : PLAN.firstPadded, 'int64', ['B']);
  return gatherRows(context.graph, states.value, first, { kind: 'distinct' });
}
