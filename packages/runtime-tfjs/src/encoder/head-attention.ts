import type { HeadAttention, HeadConfig } from '@hashee/core';
import type { Tensor } from '../engine/tensorflow.js';
import type { BatchPlan } from './batch-plan.js';
import { dropout, type EncoderContext } from './context.js';

/**
 * A head's own attention over all tokens of a sequence (Liu et al., ACL 2020: `tanh`, multi-head attention, first token); the
 * first token is the only query, as nothing else is read.
 * @param states [T, H], all tokens in computing order
 * @returns [B, U]
 */
export function headAttention(
  context: EncoderContext,
  head: HeadConfig,
  { units: U, heads: A }: HeadAttention,
  states: Tensor,
  plan: BatchPlan,
): Tensor {
  const { engine, parameters } = context;
  const { operations } = engine;
  const { sequences: B, longest: S } = plan;
  const D = U / A;
  const part = (name: string, x: Tensor): Tensor =>
    operations.linear(x, parameters.linear(`heads.${head.name}.${name}`));
  const reduced = operations.activation(part('reduce', states), 'tanh'); // [T, U]

  const padded = (x: Tensor): Tensor => {
    const rows = operations.takeRows(x, engine.rows(plan.paddedPlaces()));
    const byHead = operations.transpose(operations.reshape(rows, [B, S, A, D]), [0, 2, 1, 3]);
    return operations.reshape(byHead, [B * A, S, D]);
  };
  const first = operations.takeRows(reduced, engine.rows(plan.firstPlaces())); // [B, U]
  const q = operations.reshape(part('attention.query', first), [B * A, 1, D]);
  const k = padded(part('attention.key', reduced));
  const v = padded(part('attention.value', reduced));

  const scores = operations.reshape(operations.matMul(q, k, true), [B, A, 1, S]);
  const mask = engine.float32(plan.mask(), [B, 1, 1, S]);
  const weights = dropout(context, operations.softmax(scores, mask, 1 / Math.sqrt(D)), {
    kind: 'head-attention',
    head,
  });
  const mixed = operations.matMul(operations.reshape(weights, [B * A, 1, S]), v); // [B·A, 1, D]
  return part('attention.output', operations.reshape(mixed, [B, U]));
}
