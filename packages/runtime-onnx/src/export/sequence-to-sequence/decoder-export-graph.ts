import type { ExitTable, SequenceToSequenceConfig } from '@hashee/core';
import { choose } from '../../graph/branch.js';
import type { Graph, Value } from '../../graph/graph.js';
import { concat, reshape, transpose } from '../../graph/operators.js';
import {
  attend,
  type DecoderContext,
  decoderEmbeddingStates,
  decoderEmbeddingSum,
  decoderFeedForward,
  decoderMap,
  mixHeads,
} from '../../sequence-to-sequence/decoder-parts.js';
import { PlannedGraph } from '../planned-graph.js';
import { type DecoderPlan, planDecoder } from './plan-decoder.js';

/**
 * The decoder as one graph for the first step and all others, as optimum merges them and transformers.js feeds them. Sizes: B
 * hypotheses, N new tokens, P tokens before them, S places of the source, A heads of D each; layers count from 0 in the names.
 *
 * | input | |
 * | --- | --- |
 * | `input_ids` | int64 [B, N] |
 * | `encoder_hidden_states`, `encoder_attention_mask` | float32 [B, S, H], int64 [B, S] |
 * | `past_key_values.{l}.decoder.{key,value}` | float32 [B, A, P, D] |
 * | `past_key_values.{l}.encoder.{key,value}` | float32 [B, A, S, D]; anything in the first step |
 * | `use_cache_branch` | bool [1]: false in the first step, which makes the keys and values of the source; true in the others |
 *
 * It answers with `logits` [B, N, V], `present.{l}.decoder.{key,value}` [B, A, P + N, D] and `present.{l}.encoder.{key,value}`: those of the
 * source in the first step, nothing [0, A, 1, D] in the others, where the caller has them.
 */
export function decoderExportGraph(
  config: SequenceToSequenceConfig,
  table: ExitTable | undefined,
  opset: number,
): PlannedGraph {
  const graph = new PlannedGraph();
  const plan = planDecoder(graph, config, opset);
  const context = { graph, config };
  const { layers } = config.decoder;
  const { vocabSize: V } = config.encoder;
  const active = table && activeTokens(graph, plan, table);
  let x = decoderEmbeddingStates(context, decoderEmbeddingSum(context, plan.inputIds, plan.positionIds)); // [B·N, H]
  for (let layer = 1; layer <= layers; layer++) {
    const states = x;
    x = attend(context, layer, 'self', x, (queries) => selfAttention(context, plan, layer, states, queries));
    x = attend(context, layer, 'cross', x, (queries) => sourceAttention(context, plan, layer, queries));
    x = decoderFeedForward(context, layer, x);
    if (active) x = graph.add('Where', [active(layer), x, states]);
  }
  const shape = plan.index.concat([plan.rows, plan.tokens, graph.integers([V])]);
  const logits = graph.add('Reshape', [decoderMap(context, 'vocabulary', x), shape]);
  graph.output(logits, 'logits', 'float32', ['batch_size', 'decoder_sequence_length', V]);
  return graph;
}

/** bool [B·N, 1] of a layer: tokens that haven't left below it. */
function activeTokens(graph: Graph, { index, inputIds }: DecoderPlan, { exitLayer }: ExitTable) {
  graph.constants.set('decoder_exit_layers', { type: 'uint8', shape: [exitLayer.length], data: exitLayer });
  const exits = index.unsqueeze(index.cast(index.gather('decoder_exit_layers', inputIds), 'int64'), 1);
  return (layer: number): Value => graph.add('GreaterOrEqual', [exits, graph.integers([layer], [])]);
}

/** @param queries [B·N, A·D] @returns [B·N, A·D] */
function selfAttention(
  context: DecoderContext,
  plan: DecoderPlan,
  layer: number,
  states: Value,
  queries: Value,
): Value {
  const { graph } = context;
  const { heads: A, headSize: D } = context.config.decoder;
  const grown = (of: 'key' | 'value'): Value => {
    const made = byHead(graph, decoderMap(context, `layers.${layer}.self.${of}`, states), plan.rowsShape);
    const all = concat(graph, [plan.past(layer, 'decoder', of), made], 2);
    const dims = ['batch_size', A, 'past_decoder_sequence_length + decoder_sequence_length', D];
    graph.output(all, `present.${layer - 1}.decoder.${of}`, 'float32', dims);
    return all;
  };
  const [q, keys, values] = [byHead(graph, queries, plan.rowsShape), grown('key'), grown('value')];
  const mixed = mixHeads(context, { kind: 'self', layer }, { q, keys, values, mask: plan.causalMask });
  return sideBySide(graph, mixed, A * D);
}

/** Keys and values of the source are made in the first step and given in the others. */
function sourceAttention({ graph, config }: DecoderContext, plan: DecoderPlan, layer: number, queries: Value): Value {
  const { heads: A, headSize: D } = config.decoder;
  const parts = ['key', 'value'] as const;
  const given = parts.map((of) => plan.past(layer, 'encoder', of));
  const answer = (branch: Graph, [keys, values]: readonly Value[]): Value => {
    const q = byHead(branch, queries, plan.rowsShape);
    const context = { graph: branch, config };
    const mixed = mixHeads(context, { kind: 'cross', layer }, { q, keys, values, mask: plan.sourceMask });
    return sideBySide(branch, mixed, A * D);
  };
  const [mixed, ...present] = choose(
    graph,
    plan.cached,
    (branch) => {
      const nothing = (): Value => branch.add('ConstantOfShape', [branch.integers([0, A, 1, D])]);
      return [answer(branch, given), nothing(), nothing()];
    },
    (branch) => {
      const made = parts.map((of) => {
        const name = `layers.${layer}.cross.${of}`;
        return byHead(branch, decoderMap({ graph: branch, config }, name, plan.memory), plan.memoryShape);
      });
      return [answer(branch, made), ...made];
    },
  );
  parts.forEach((of, part) => {
    const dims = ['encoder_batch_size', A, 'encoder_sequence_length_out', D];
    graph.output(present[part], `present.${layer - 1}.encoder.${of}`, 'float32', dims);
  });
  return mixed;
}

/** [rows, A·D] to [B, A, each, D]; `shape` is B, each, A, D */
function byHead(graph: Graph, rows: Value, shape: Value): Value {
  return transpose(graph, graph.add('Reshape', [rows, shape]), [0, 2, 1, 3]);
}

/** [B, A, N, D] to [B·N, A·D] */
function sideBySide(graph: Graph, mixed: Value, width: number): Value {
  return reshape(graph, transpose(graph, mixed, [0, 2, 1, 3]), [-1, width]);
}
