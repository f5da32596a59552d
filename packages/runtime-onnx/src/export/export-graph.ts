import type { EncoderConfig, ExitTable, HeadConfig } from '@hashee/core';
import type { BuildContext } from '../encoder/context.js';
import { embeddingStates, embeddingSum } from '../encoder/embeddings.js';
import { headLogits } from '../encoder/head.js';
import { encoderLayer, lastLayer } from '../encoder/layer.js';
import { PLAN } from '../encoder/plan-names.js';
import type { EncoderShape } from '../encoder/shape.js';
import { type States, toRagged } from '../encoder/states.js';
import type { Graph, Value } from '../graph/graph.js';
import { gatherRows, scatterRows } from '../graph/operators.js';
import { ExitValues } from './exit-values.js';
import { planLayers, settle } from './plan-layers.js';
import { planTokens, type TokenPlan } from './plan-tokens.js';
import { PlannedGraph } from './planned-graph.js';

/** The whole model as one graph: `input_ids`, `attention_mask` (and `token_type_ids` where there are segments) to `logits`. */
export function exportGraph(
  config: EncoderConfig,
  head: HeadConfig,
  table: ExitTable | undefined,
  shape: EncoderShape,
  opset: number,
): PlannedGraph {
  const { graph, tokens, exits, context, embedded } = beginExport(config, table, shape, opset);
  let states = embedded;
  const last = shape.layers.length - 1;
  for (const layer of shape.layers.slice(0, last)) states = encoderLayer(context, layer, states);
  const C = head.labels.length;
  if (head.task === 'token-classification') {
    states = toRagged(graph, encoderLayer(context, shape.layers[last], states));
    const logits = inOriginalPlaces(graph, tokens, headLogits(context, head, states.value), C);
    graph.output(logits, 'logits', 'float32', ['batch', 'sequence', C]);
    return graph;
  }
  const computed =
    shape.read === 'first'
      ? lastLayer(context, shape.layers[last], states)
      : firstRows(graph, encoderLayer(context, shape.layers[last], states));
  const first =
    exits && shape.read === 'first' ? keepFrozen(graph, tokens, exits.layers, shape, computed, states) : computed;
  graph.output(headLogits(context, head, first), 'logits', 'float32', ['batch', C]);
  return graph;
}

/** What every exported encoder begins with. */
export interface ExportBeginning {
  readonly graph: PlannedGraph;
  readonly tokens: TokenPlan;
  readonly exits: ExitValues | undefined;
  readonly context: BuildContext;
  /** The states below layer 1. */
  readonly embedded: States;
}

/** @param segment of all tokens, where callers needn't say it */
export function beginExport(
  config: EncoderConfig,
  table: ExitTable | undefined,
  shape: EncoderShape,
  opset: number,
  segment?: number,
): ExportBeginning {
  const graph = new PlannedGraph();
  const tokens = planTokens(graph, config, opset, segment);
  const exits = table && new ExitValues(graph, tokens, table);
  planLayers(graph, config, shape, tokens, exits);
  const context: BuildContext = {
    graph,
    config,
    settle: exits && ((layer, computed, queries) => settle(graph, exits, layer, computed, queries)),
  };
  return {
    ...{ graph, tokens, exits, context },
    embedded: { value: embeddingStates(context, embeddingSum(context)), layout: 'ragged' },
  };
}

/** First tokens that have left before the last layer are read as they were. */
function keepFrozen(
  graph: Graph,
  { index }: TokenPlan,
  exits: Value,
  shape: EncoderShape,
  computed: Value,
  before: States,
): Value {
  const place = graph.input(PLAN.firstPadded, 'int64', ['B']);
  const exit = index.gather(index.flat(exits), place);
  const depth = graph.integers([shape.layers.length], []);
  const active = index.unsqueeze(graph.add('GreaterOrEqual', [exit, depth]), 1); // [B, 1]
  return graph.add('Where', [active, computed, firstRows(graph, before)]);
}

function firstRows(graph: Graph, states: States): Value {
  const first = graph.input(states.layout === 'ragged' ? PLAN.first : PLAN.firstPadded, 'int64', ['B']);
  return gatherRows(graph, states.value, first);
}

/** [T, C] to [B, S, C]; padding gets 0. */
function inOriginalPlaces(graph: Graph, { index, sequences, places }: TokenPlan, logits: Value, labels: number): Value {
  const shape = index.concat([sequences, places, graph.integers([labels])]);
  const flat = index.concat([index.multiply(sequences, places), graph.integers([labels])]);
  const zeros = graph.add('Expand', [graph.float(0), flat]);
  const rows = index.unsqueeze(graph.input(PLAN.unpad, 'int64', ['T']), 1);
  return graph.add('Reshape', [scatterRows(graph, zeros, rows, logits), shape]);
}
