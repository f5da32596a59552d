import { type HeadConfig, ownerOf } from '@hashee/core';
import type { Value } from '../graph/graph.js';
import { linear } from '../graph/operators.js';
import { activation } from './activation.js';
import { type BuildContext, dropout, linearParameters } from './context.js';

/** Answers of a head on the states it reads: [rows, H] to [rows, C]. */
export function headLogits(context: BuildContext, head: HeadConfig, states: Value): Value {
  const { graph, config } = context;
  const H = config.hiddenSize;
  let x = states;
  if (head.dense !== 'none') {
    const dense = linearParameters(context, `heads.${ownerOf(head, 'dense')}.dense`, H, H);
    x = linear(graph, x, dense.weight, dense.bias);
    for (const kind of head.dense.split('+')) x = activation(graph, kind as 'tanh' | 'relu' | 'gelu', x);
  }
  const classifier = linearParameters(
    context,
    `heads.${ownerOf(head, 'classifier')}.classifier`,
    head.labels.length,
    H,
  );
  return linear(graph, dropout(context, x, { kind: 'classifier', head }), classifier.weight, classifier.bias);
}

/** Token classifiers read every token, the others the first token of each sequence. */
export function readsFirstOnly(head: HeadConfig | undefined): boolean {
  return head !== undefined && head.task !== 'token-classification';
}
