import type { ExitTable, SequenceToSequenceConfig } from '@hashee/core';
import { encoderLayer } from '../../encoder/layer.js';
import type { EncoderShape } from '../../encoder/shape.js';
import { toPadded } from '../../encoder/states.js';
import { beginExport } from '../export-graph.js';
import type { PlannedGraph } from '../planned-graph.js';

/**
 * The encoder as one graph: `input_ids` and `attention_mask`, int64 [B, S], to `last_hidden_state` [B, S, H], which is anything at padding.
 * All tokens are of the model's segment for sources.
 */
export function encoderExportGraph(
  { encoder: config, sourceSegment }: SequenceToSequenceConfig,
  table: ExitTable | undefined,
  shape: EncoderShape,
  opset: number,
): PlannedGraph {
  const { graph, tokens, context, embedded } = beginExport(config, table, shape, opset, sourceSegment);
  let states = embedded;
  for (const layer of shape.layers) states = encoderLayer(context, layer, states);
  const { index, sequences, places } = tokens;
  const dims = index.concat([sequences, places, graph.integers([config.hiddenSize])]);
  const memory = graph.add('Reshape', [toPadded(graph, states).value, dims]);
  graph.output(memory, 'last_hidden_state', 'float32', ['batch_size', 'encoder_sequence_length', config.hiddenSize]);
  return graph;
}
