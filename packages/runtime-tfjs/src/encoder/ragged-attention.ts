import type { Engine } from '../engine/engine.js';
import type { Tensor } from '../engine/tensorflow.js';
import type { RaggedKernels, SequenceRows } from '../operations/kernels.js';
import type { BatchPlan } from './batch-plan.js';
import type { EncoderContext } from './context.js';
import type { QueryPlan } from './query-plan.js';

function keyRows(engine: Engine, plan: BatchPlan): SequenceRows {
  return { rows: engine.rows(plan.place), offsets: engine.rows(plan.batch.offsets) };
}

function queryRows(engine: Engine, { count, perSequence, sequence, within }: QueryPlan): SequenceRows {
  const offsets = new Int32Array(perSequence.length + 1);
  for (let b = 0; b < perSequence.length; b++) offsets[b + 1] = offsets[b] + perSequence[b];
  const rows = new Int32Array(count);
  for (let i = 0; i < count; i++) rows[offsets[sequence[i]] + within[i]] = i;
  return { rows: engine.rows(rows), offsets: engine.rows(offsets) };
}

/** `projectedAttention` in kernels that need no padding. */
export function raggedProjected(
  { engine, config, parameters }: EncoderContext,
  kernels: RaggedKernels,
  layer: number,
  queries: Tensor,
  states: Tensor,
  plan: BatchPlan,
  queryPlan: QueryPlan,
): Tensor {
  const { operations } = engine;
  const set = `layers.${config.layerWeights[layer - 1]}`;
  const inputs = {
    q: operations.linear(queries, parameters.linear(`${set}.query`)), // [m, A·D]
    k: operations.linear(states, parameters.linear(`${set}.key`)), // [T, A·D]
    v: operations.linear(states, parameters.linear(`${set}.value`)), // [T, A·D]
  };
  return kernels.attention(inputs, queryRows(engine, queryPlan), keyRows(engine, plan), {
    heads: config.heads[layer - 1],
    shared: false,
    longest: plan.longest,
    scale: 1 / Math.sqrt(config.headSize),
  });
}

/** `absorbedAttention` in kernels that need no padding: the states themselves are the keys and values of all heads. */
export function raggedAbsorbed(
  { engine, config, parameters }: EncoderContext,
  kernels: RaggedKernels,
  layer: number,
  queries: Tensor,
  states: Tensor,
  plan: BatchPlan,
  queryPlan: QueryPlan,
): Tensor {
  const { operations } = engine;
  const A = config.heads[layer - 1];
  const set = `layers.${config.layerWeights[layer - 1]}`;
  const projected = operations.linear(queries, parameters.linear(`${set}.query`)); // [m, A·D]
  const q = kernels.spreadHeads(projected, parameters.tensor(`${set}.key.weight`), A); // [A·m, H]
  const inputs = { q, k: states, v: states };
  const mixed = kernels.attention(inputs, queryRows(engine, queryPlan), keyRows(engine, plan), {
    heads: A,
    shared: true,
    longest: plan.longest,
    scale: 1 / Math.sqrt(config.headSize),
  }); // [A·m, H]
  const { transposed, bias } = parameters.linear(`${set}.value`);
  return kernels.joinHeads(mixed, transposed, bias, A); // [m, A·D]
}
