import { type HeadConfig, headWidth, ownerOf } from '@hashee/core';
import type { Value } from '../graph/graph.js';
import { linear } from '../graph/operators.js';
import { activation } from './activation.js';
import { type BuildContext, dropout, linearParameters } from './context.js';
import { headAttention } from './head-attention.js';

/**
 * Answers of a head on the states it reads: [rows, H] to [rows, C]; those of all tokens, [T, H] to [B, C], where it has an
 * attention of its own.
 */
export function headLogits(context: BuildContext, head: HeadConfig, states: Value): Value {
  const { graph, config } = context;
  const width = headWidth(head, config.hiddenSize);
  let x = head.attention ? headAttention(context, head, head.attention, states) : states;
  if (head.dense !== 'none') {
    const dense = linearParameters(context, `heads.${ownerOf(head, 'dense')}.dense`, width, width);
    x = linear(graph, x, dense.weight, dense.bias);
    for (const kind of head.dense.split('+')) x = activation(graph, kind as 'tanh' | 'relu' | 'gelu', x);
  }
  const classifier = linearParameters(
    context,
    `heads.${ownerOf(head, 'classifier')}.classifier`,
    head.labels.length,
    width,
  );
  const read = head.attention ? x : dropout(context, x, { kind: 'classifier', head });
  return linear(graph, read, classifier.weight, classifier.bias);
}
