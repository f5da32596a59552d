import { answersTokens, type HeadConfig, ownerOf } from '@hashee/core';
import type { Tensor } from '../engine/tensorflow.js';
import type { BatchPlan } from './batch-plan.js';
import { dropout, type EncoderContext } from './context.js';
import { headAttention } from './head-attention.js';

/** Answers of a head on the states it reads: [rows, H] to [rows, C]; [rows, U] where it has attended already. */
export function headLogits(context: EncoderContext, head: HeadConfig, states: Tensor): Tensor {
  const { engine, parameters } = context;
  const { operations } = engine;
  let x = states;
  if (head.dense !== 'none') {
    x = operations.linear(x, parameters.linear(`heads.${ownerOf(head, 'dense')}.dense`));
    for (const kind of head.dense.split('+')) x = operations.activation(x, kind as 'tanh' | 'relu' | 'gelu');
  }
  const read = head.attention ? x : dropout(context, x, { kind: 'classifier', head });
  return operations.linear(read, parameters.linear(`heads.${ownerOf(head, 'classifier')}.classifier`));
}

/** Answers of a head on the states of all tokens: [T, H] in computing order to [B, C], or to [T, C] in the order of the batch. */
export function headLogitsOfAll(context: EncoderContext, head: HeadConfig, states: Tensor, plan: BatchPlan): Tensor {
  const { engine } = context;
  if (head.attention) return headLogits(context, head, headAttention(context, head, head.attention, states, plan));
  const places = answersTokens(head) ? plan.place : plan.firstPlaces();
  return headLogits(context, head, engine.operations.takeRows(states, engine.rows(places)));
}
