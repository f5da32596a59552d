import type { EncoderConfig, HeadConfig } from '@hashee/core';
import { BertBlocks } from './bert-blocks.js';
import { OnnxGraph } from './onnx-graph.js';
import type { WeightFile } from './weight-file.js';

/**
 * BERT without exits as exporters write it: padded states, every token in every layer. ONNX Runtime's own fusions make more of
 * it than fused operators written by hand.
 */
export function denseGraph(config: EncoderConfig, head: HeadConfig, weights: WeightFile): Uint8Array {
  const graph = new OnnxGraph(weights);
  const blocks = new BertBlocks(graph, config);
  const [ids, attention, segments] = ['input_ids', 'attention_mask', 'token_type_ids'].map((name) =>
    graph.input(name, 'int64', ['batch', 'sequence']),
  );
  const length = graph.add('Gather', [graph.add('Shape', [ids]), graph.integers([1], [])]);
  const zero = graph.integers([0], []);
  const range = graph.add('Range', [zero, length, graph.integers([1], [])]);
  const positions = graph.add('Unsqueeze', [
    config.positionOffset === 0 ? range : graph.add('Add', [range, graph.integers([config.positionOffset], [])]),
    graph.integers([0]),
  ]);
  const mask = blocks.mask(attention);
  let states = blocks.embeddings(ids, positions, segments);
  for (let layer = 1; layer <= config.layers; layer++) states = blocks.layer(layer, states, states, mask);
  graph.output(blocks.logits(states, head), 'logits', ['batch', head.labels.length]);
  return graph.encode();
}
