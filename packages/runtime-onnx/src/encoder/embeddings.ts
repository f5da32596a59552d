import { WORD_TABLE } from '@hashee/core';
import type { Value } from '../graph/graph.js';
import { add, gatherRows, layerNorm, layerNormWithDeviation, linear, multiply } from '../graph/operators.js';
import { type BuildContext, dropout, linearParameters } from './context.js';
import { PLAN } from './plan-names.js';
import type { States } from './states.js';

/** The sum of word, position and segment rows, [T, E]. */
export function embeddingSum(context: BuildContext): Value {
  const { graph, config } = context;
  const E = config.embeddingSize;
  const lookUp = (table: string, rows: number, input: string): Value =>
    gatherRows(graph, graph.parameter(table, [rows, E]), graph.input(input, 'int64', ['T']));
  let sum = lookUp(WORD_TABLE, config.vocabSize, PLAN.inputIds);
  const { embeddingScale: scale = 1 } = config;
  if (scale !== 1) sum = multiply(graph, sum, graph.float(scale));
  if (config.typeVocabSize > 0)
    sum = add(graph, sum, lookUp('embeddings.type', config.typeVocabSize, PLAN.tokenTypeIds));
  return add(graph, sum, lookUp('embeddings.position', config.positionOffset + config.maxLength, PLAN.positionIds));
}

/** From the sum of rows to the states below layer 1, [T, H]. */
export function embeddingStates(context: BuildContext, sum: Value): Value {
  const { graph, config } = context;
  const { embeddingSize: E, hiddenSize: H } = config;
  const weight = graph.parameter('embeddings.norm.weight', [E]);
  const bias = graph.parameter('embeddings.norm.bias', [E]);
  const x = dropout(context, layerNorm(graph, sum, weight, bias, config.layerNormEpsilon), { kind: 'embeddings' });
  if (E === H) return x;
  const projection = linearParameters(context, 'embeddings.projection', H, E);
  return linear(graph, x, projection.weight, projection.bias);
}

/** The same for a layer 1 that looks its projections up: they are of the rows' centred sums, so they want the factor too. */
export function embeddingStatesToLookUp(context: BuildContext, sum: Value): States {
  const { graph, config } = context;
  const weight = graph.parameter('embeddings.norm.weight', [config.hiddenSize]);
  const bias = graph.parameter('embeddings.norm.bias', [config.hiddenSize]);
  const { normalized, inverseDeviation } = layerNormWithDeviation(graph, sum, weight, bias, config.layerNormEpsilon);
  return { value: normalized, layout: 'ragged', inverseDeviation };
}
