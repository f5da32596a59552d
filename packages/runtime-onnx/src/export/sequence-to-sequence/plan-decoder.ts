import type { SequenceToSequenceConfig } from '@hashee/core';
import type { Value } from '../../graph/graph.js';
import { MASKED } from '../../sequence-to-sequence/cross-cache.js';
import { IndexOperators } from '../index-operators.js';
import type { PlannedGraph } from '../planned-graph.js';

/** What the inputs of an exported decoder come down to. Sizes as there. */
export interface DecoderPlan {
  readonly index: IndexOperators;
  /** int64 [1]: B */
  readonly rows: Value;
  /** int64 [1]: N */
  readonly tokens: Value;
  /** int64 [B·N] */
  readonly inputIds: Value;
  /** int64 [B·N], rows of the position table */
  readonly positionIds: Value;
  /** int64 [4]: B, N, A, D */
  readonly rowsShape: Value;
  /** float32 [N, P + N]: 0 where a new token may look, a large negative number at tokens after it */
  readonly causalMask: Value;
  /** float32 [B, 1, 1, S]: 0 for tokens of the source, a large negative number for padding */
  readonly sourceMask: Value;
  /** float32 [B·S, H] */
  readonly memory: Value;
  /** int64 [4]: B, S, A, D */
  readonly memoryShape: Value;
  /** bool [1] */
  readonly cached: Value;
  /** float32 [B, A, P, D] or [B, A, S, D] */
  past(layer: number, side: 'decoder' | 'encoder', of: 'key' | 'value'): Value;
}

/** Declares a decoder's inputs, in the order of their names at optimum, and what follows from them alone. */
export function planDecoder(graph: PlannedGraph, config: SequenceToSequenceConfig, opset: number): DecoderPlan {
  const { heads: A, headSize: D, layers, positionOffset } = config.decoder;
  const H = config.encoder.hiddenSize;
  const index = new IndexOperators(graph, opset);
  const sourceMask = graph.modelInput('encoder_attention_mask', 'int64', ['batch_size', 'encoder_sequence_length']);
  const ids = graph.modelInput('input_ids', 'int64', ['batch_size', 'decoder_sequence_length']);
  const states = graph.modelInput('encoder_hidden_states', 'float32', ['batch_size', 'encoder_sequence_length', H]);
  const past = (layer: number, side: 'decoder' | 'encoder', of: 'key' | 'value'): Value =>
    `past_key_values.${layer - 1}.${side}.${of}`;
  for (let layer = 1; layer <= layers; layer++)
    for (const side of ['decoder', 'encoder'] as const)
      for (const of of ['key', 'value'] as const) {
        const dims = ['batch_size', A, `past_${side}_sequence_length`, D];
        graph.ranks.set(graph.modelInput(past(layer, side, of), 'float32', dims), dims.length);
      }
  const cached = graph.modelInput('use_cache_branch', 'bool', [1]);

  const rows = index.size(ids, 0);
  const tokens = index.size(ids, 1);
  const before = index.size(past(1, 'decoder', 'key'), 2);
  const positions = index.add(index.range(tokens), before); // [N], from 0
  const all = index.range(index.add(before, tokens)); // [P + N]
  const masked = (where: Value): Value => graph.add('Mul', [index.cast(where, 'float32'), graph.float(MASKED)]);
  const padding = masked(graph.add('Equal', [sourceMask, graph.integers([0], [])])); // [B, S]
  const shape = (each: Value): Value => index.concat([rows, each, graph.integers([A, D])]);
  return {
    ...{ index, rows, tokens, cached, past },
    inputIds: index.flat(ids),
    positionIds: index.flat(index.add(index.multiply(ids, 0), index.add(positions, positionOffset))),
    rowsShape: shape(tokens),
    causalMask: masked(graph.add('Less', [index.unsqueeze(positions, 1), all])),
    sourceMask: index.unsqueeze(index.unsqueeze(padding, 1), 1),
    memory: index.reshape(states, [-1, H]),
    memoryShape: shape(index.size(states, 1)),
  };
}
