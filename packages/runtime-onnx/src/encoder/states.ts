import type { Graph, Value } from '../graph/graph.js';
import { gatherRows } from '../graph/operators.js';
import { PLAN } from './plan-names.js';

/** Hidden states on their way up: `ragged` [T, H] or `padded` [B·S, H], converted when a layer wants the other. */
export interface States {
  readonly value: Value;
  readonly layout: 'ragged' | 'padded';
  /** [T, 1], of the states below layer 1: what the centred sums of embedding rows were multiplied by. */
  readonly inverseDeviation?: Value | undefined;
}

export function toRagged(graph: Graph, states: States): States {
  if (states.layout === 'ragged') return states;
  const unpad = graph.input(PLAN.unpad, 'int64', ['T']);
  return { value: gatherRows(graph, states.value, unpad, { kind: 'distinct' }), layout: 'ragged' };
}

export function toPadded(graph: Graph, states: States): States {
  if (states.layout === 'padded') return states;
  const pad = graph.input(PLAN.pad, 'int64', ['BS']);
  const unpad = graph.input(PLAN.unpad, 'int64', ['T']);
  return { value: gatherRows(graph, states.value, pad, { kind: 'inverse', places: unpad }), layout: 'padded' };
}
