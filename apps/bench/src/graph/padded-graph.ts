import type { EncoderConfig, HeadConfig } from '@hashee/core';
import { BertBlocks } from './bert-blocks.js';
import { OnnxGraph } from './onnx-graph.js';
import type { WeightFile } from './weight-file.js';

/**
 * HashEE as its authors compute it (Sun et al., Findings of ACL 2022): each sequence's active tokens stand in front, and a layer
 * computes as many rows of every sequence as the one with most active tokens has; rows beyond a sequence's own are
 * computed and thrown away. Keys and values are projected for all tokens in every layer. Padding is masked, which the
 * authors' code leaves out. `paddedFeeds` makes what goes in: tokens in the order of their exits, latest first.
 */
export function paddedGraph(config: EncoderConfig, head: HeadConfig, weights: WeightFile): Uint8Array {
  const graph = new OnnxGraph(weights);
  const blocks = new BertBlocks(graph, config);
  const [ids, positions, segments, attention, exits] = [
    'input_ids',
    'position_ids',
    'token_type_ids',
    'attention_mask',
    'exit_layers',
  ].map((name) => graph.input(name, 'int64', ['batch', 'sequence']));
  // Rows that layer l computes: [L].
  const rows = graph.input('active_rows', 'int64', [config.layers]);
  const [zero, one, end] = [graph.integers([0]), graph.integers([1]), graph.integers([2 ** 31])];
  const mask = blocks.mask(attention);
  let states = blocks.embeddings(ids, positions, segments);
  for (let layer = 1; layer <= config.layers; layer++) {
    const count = graph.add('Slice', [rows, graph.integers([layer - 1]), graph.integers([layer]), zero]);
    const before = graph.add('Slice', [states, zero, count, one]);
    const after = blocks.layer(layer, before, states, mask);
    const exit = graph.add('Slice', [exits, zero, count, one]);
    const active = graph.add('GreaterOrEqual', [exit, graph.integers([layer], [])]);
    const kept = graph.add('Where', [graph.add('Unsqueeze', [active, graph.integers([2])]), after, before]);
    states = graph.add('Concat', [kept, graph.add('Slice', [states, count, end, one])], { axis: 1 });
  }
  graph.output(blocks.logits(states, head), 'logits', ['batch', head.labels.length]);
  return graph.encode();
}
