import { HasheeError } from '@hashee/core';
import type { Attribute, Graph, GraphNode, Value } from '../graph/graph.js';
import type { Adjoints } from './adjoints.js';

/** What a gradient rule works with: one node, and the gradient of its first output. */
export interface RuleContext {
  readonly graph: Graph;
  readonly node: GraphNode;
  /** dLoss/dOutput, shaped as the output. */
  readonly upstream: Value;
  /** The same for each output of a node that has several. */
  upstreams(): readonly Value[];
  readonly adjoints: Adjoints;
  /** Does input i depend on anything that is differentiated? */
  needs(input: number): boolean;
  /** Makes the node give further outputs, such as LayerNormalization's mean, and returns all of them. */
  withOutputs(count: number): readonly Value[];
}

/** Adds the gradients of a node's inputs to the adjoints. */
export type Rule = (context: RuleContext) => void;

/** An integer attribute. */
export function integer(node: GraphNode, name: string): number {
  const value: Attribute = node.attributes[name] ?? 0;
  if (typeof value !== 'number')
    throw new HasheeError('RUNTIME', `Attribute "${name}" of ${node.operator} is not an integer.`, {
      fields: { name },
    });
  return value;
}

/** A float attribute. */
export function float(node: GraphNode, name: string, otherwise: number): number {
  const value = node.attributes[name];
  return typeof value === 'object' && 'float' in value ? value.float : otherwise;
}
