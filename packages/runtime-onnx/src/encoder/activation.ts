import type { Activation } from '@hashee/core';
import type { Graph, Value } from '../graph/graph.js';

/** The element-wise function of a feed-forward block or a head. */
export function activation(graph: Graph, kind: Activation | 'tanh', x: Value): Value {
  switch (kind) {
    case 'gelu':
      return graph.add('Gelu', [x], {}, 'com.microsoft');
    case 'gelu_tanh':
      return graph.add('Gelu', [x], { approximate: 'tanh' });
    case 'relu':
      return graph.add('Relu', [x]);
    case 'tanh':
      return graph.add('Tanh', [x]);
  }
}
