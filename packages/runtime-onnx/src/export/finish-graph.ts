import type { WeightSource } from '@hashee/core';
import { prune } from '../graph/prune.js';
import { quantizeGraph } from '../quantize/quantize-graph.js';
import { StoredTensors } from '../quantize/stored-tensors.js';
import type { ResolvedOptions } from './export-options.js';
import type { PlannedGraph } from './planned-graph.js';
import { singleViews } from './single-views.js';
import { toStandardOperators } from './standard-operators.js';

/**
 * Makes of a graph what its file will hold: operators of the opset and the target, weights of the dtype, nothing that isn't used.
 * @returns the weights as they are stored
 */
export function finishGraph(
  graph: PlannedGraph,
  weights: WeightSource,
  { dtype, target, opset, reduceRange }: ResolvedOptions,
): StoredTensors {
  const contrib = target === 'onnxruntime';
  prune(graph);
  toStandardOperators(graph, opset, contrib);
  const tensors = new StoredTensors(weights);
  if (dtype === 'q8') quantizeGraph(graph, tensors, { weights, contrib, reduceRange });
  singleViews(graph);
  prune(graph);
  return tensors;
}
