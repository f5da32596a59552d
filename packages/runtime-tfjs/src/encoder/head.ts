import { type HeadConfig, ownerOf } from '@hashee/core';
import type { Tensor } from '../engine/tensorflow.js';
import { dropout, type EncoderContext } from './context.js';

/** Answers of a head on the states it reads: [rows, H] to [rows, C]. */
export function headLogits(context: EncoderContext, head: HeadConfig, states: Tensor): Tensor {
  const { engine, parameters } = context;
  const { operations } = engine;
  let x = states;
  if (head.dense !== 'none') {
    x = operations.linear(x, parameters.linear(`heads.${ownerOf(head, 'dense')}.dense`));
    for (const kind of head.dense.split('+')) x = operations.activation(x, kind as 'tanh' | 'relu' | 'gelu');
  }
  const read = dropout(context, x, { kind: 'classifier', head });
  return operations.linear(read, parameters.linear(`heads.${ownerOf(head, 'classifier')}.classifier`));
}

/** Token classifiers read every token, the others the first token of each sequence. */
export function readsFirstOnly(head: HeadConfig | undefined): boolean {
  return head !== undefined && head.task !== 'token-classification';
}
