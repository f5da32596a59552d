import { HasheeError, type HeadConfig, type LossTerm, type Targets } from '@hashee/core';
import type { Feed } from '../encoder/plan.js';
import type { Graph, Value } from '../graph/graph.js';
import { add, multiply } from '../graph/operators.js';
import { confidenceMarginLoss, cosineLoss, type LossValue, uncertaintyLoss } from './other-losses.js';

const rowsName = (term: number): string => `loss_rows_${term}`;
const targetName = (term: number): string => `loss_target_${term}`;
const scaleName = 'loss_scale';

/**
 * Adds a term and its exact gradient. Row r counts with w_r, fed with the batch (0 for rows without a label).
 * - cross-entropy: `-Σ w_r Σ_c p_rc ln softmax(z_r)_c`, gradient `w_r (softmax(z_r)·Σ_c p_rc - p_r)`
 * - mse: `Σ w_r (z_r - y_r)²`, gradient `2 w_r (z_r - y_r)`
 * - distillation: `T² Σ w_r KL(p_r || softmax(z_r / T))`, gradient `T w_r (softmax(z_r / T) - p_r)`
 * The other kinds are in other-losses.ts.
 * @param answers logits by head
 */
export function lossTerm(
  graph: Graph,
  term: LossTerm,
  index: number,
  heads: ReadonlyMap<string, HeadConfig>,
  answers: ReadonlyMap<string, Value>,
): LossValue {
  const logits = answers.get(term.head)!;
  const labels = heads.get(term.head)!.labels.length;
  const rows = graph.input(rowsName(index), 'float32', [`loss_n${index}`, 1]);
  const width = { uncertainty: 1, 'confidence-margin': `loss_m${index}` }[term.kind as string] ?? labels;
  const target = graph.input(targetName(index), 'float32', [`loss_n${index}`, width]);
  const scale = multiply(graph, graph.input(scaleName, 'float32', []), graph.float(term.weight ?? 1));
  const total = (value: Value): Value => graph.add('ReduceSum', [value], { keepdims: 0 });
  const inputs = { graph, logits, rows, target, scale };
  if (term.kind === 'cosine') return cosineLoss(inputs);
  if (term.kind === 'confidence-margin') return confidenceMarginLoss(inputs, term.margin ?? 0.3);
  if (term.kind === 'uncertainty') {
    const judged = heads.get(term.of!)!;
    return uncertaintyLoss(inputs, answers.get(judged.name)!, judged.labels.length === 1 ? 'regression' : 'classes');
  }
  if (term.kind === 'mse') {
    const off = graph.add('Sub', [logits, target]);
    const counted = multiply(graph, off, rows);
    const gradient = multiply(graph, counted, multiply(graph, scale, graph.float(2)));
    return { loss: total(multiply(graph, off, counted)), gradient };
  }
  const T = term.kind === 'distillation' ? (term.temperature ?? 1) : 1;
  const z = T === 1 ? logits : multiply(graph, logits, graph.float(1 / T));
  const logarithm = graph.add('LogSoftmax', [z], { axis: -1 });
  const counted = multiply(graph, target, rows);
  const crossEntropy = graph.add('Neg', [total(multiply(graph, counted, logarithm))]);
  const mass = graph.add('ReduceSum', [counted, graph.integers([-1])], { keepdims: 1 });
  const difference = graph.add('Sub', [multiply(graph, graph.add('Exp', [logarithm]), mass), counted]);
  const gradient = multiply(graph, difference, T === 1 ? scale : multiply(graph, scale, graph.float(T)));
  if (term.kind === 'cross-entropy') return { loss: crossEntropy, gradient };
  // Σ p ln p of the teacher turns the cross-entropy into the divergence.
  const certainty = total(multiply(graph, counted, graph.add('Log', [add(graph, target, graph.float(1e-30))])));
  return { loss: multiply(graph, add(graph, crossEntropy, certainty), graph.float(T * T)), gradient };
}

function refuse(message: string, fields: Record<string, unknown>): never {
  throw new HasheeError('INVALID_ARGUMENT', message, { fields });
}

/** Teacher logits `[rows, C]` to probabilities softened by T. */
function softened(logits: Float32Array, C: number, T: number): Float32Array {
  const probabilities = new Float32Array(logits.length);
  for (let from = 0; from < logits.length; from += C) {
    let most = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < C; c++) most = Math.max(most, logits[from + c] / T);
    let sum = 0;
    for (let c = 0; c < C; c++) sum += Math.exp(logits[from + c] / T - most);
    for (let c = 0; c < C; c++) probabilities[from + c] = Math.exp(logits[from + c] / T - most) / sum;
  }
  return probabilities;
}

interface TargetRows {
  readonly data: Float32Array;
  /** Values a row. */
  readonly width: number;
  readonly has: (row: number) => boolean;
}

/** Each row minus its partner as a matrix `[rows, rows]`: 1 for the row itself, -1 for the partner. */
function partnerRows(name: string, values: Int32Array | Float32Array, rows: number): TargetRows {
  const data = new Float32Array(rows * rows);
  values.forEach((partner, row) => {
    if (!Number.isInteger(partner) || partner < -1 || partner >= rows)
      refuse(`Target "${name}": row ${row} has partner ${partner}, expected -1 (none) to ${rows - 1}.`, {
        target: name,
        row,
        partner,
      });
    if (partner < 0) return;
    data[row * rows + row] += 1;
    data[row * rows + partner] -= 1;
  });
  return { data, width: rows, has: (row) => values[row] >= 0 };
}

/** Target rows of a term, and how many rows have one. */
function targetRows(term: LossTerm, head: HeadConfig, values: Int32Array | Float32Array, rows: number): TargetRows {
  const C = head.labels.length;
  const name = term.target ?? 'labels';
  const expect = (length: number, what: string): void => {
    if (values.length !== length)
      refuse(`Target "${name}": expected ${what}, ${length} values, got ${values.length}.`, {
        target: name,
        expected: length,
        actual: values.length,
      });
  };
  if (term.kind === 'confidence-margin') {
    expect(rows, 'one partner a row');
    return partnerRows(name, values, rows);
  }
  if (term.kind === 'uncertainty') {
    expect(rows, 'one label a row');
    const data = Float32Array.from(values, (value) => (Number.isFinite(value) ? value : Number.NaN));
    if (data.some(Number.isNaN)) refuse(`Target "${name}": labels must be finite.`, { target: name });
    return { data, width: 1, has: (row) => values instanceof Float32Array || values[row] >= 0 };
  }
  if (term.kind === 'cross-entropy' && values instanceof Int32Array) {
    expect(rows, 'one class index a row');
    const data = new Float32Array(rows * C);
    values.forEach((label, row) => {
      if (label < -1 || label >= C)
        refuse(`Target "${name}": row ${row} has class ${label}, expected -1 (none) to ${C - 1}.`, {
          target: name,
          row,
          label,
          labels: C,
        });
      if (label >= 0) data[row * C + label] = 1;
    });
    return { data, width: C, has: (row) => values[row] >= 0 };
  }
  expect(rows * C, term.kind === 'mse' ? 'one number a row and output' : `${C} values a row`);
  const data = Float32Array.from(values);
  for (let i = 0; i < data.length; i++)
    if (!Number.isFinite(data[i]))
      refuse(`Target "${name}": value ${i} is ${data[i]}, expected a finite number.`, { target: name, index: i });
  const rowsOfC = term.kind === 'distillation' ? softened(data, C, term.temperature ?? 1) : data;
  return { data: rowsOfC, width: C, has: () => true };
}

/** Feeds of the terms that count. `rowsOf` says how many rows a head answers for this batch. */
export function lossFeeds(
  terms: readonly LossTerm[],
  heads: ReadonlyMap<string, HeadConfig>,
  targets: Targets,
  scale: number,
  rowsOf: (head: HeadConfig) => number,
  counts: readonly boolean[],
): Map<string, Feed> {
  const feeds = new Map<string, Feed>([[scaleName, { type: 'float32', data: Float32Array.of(scale), dims: [] }]]);
  terms.forEach((term, index) => {
    if (!counts[index]) return;
    const head = heads.get(term.head)!;
    const name = term.target ?? 'labels';
    const values = targets[name];
    if (!(values instanceof Int32Array || values instanceof Float32Array))
      refuse(
        `The recipe wants a target "${name}" (Int32Array or Float32Array); given: ${Object.keys(targets).join(', ') || 'none'}.`,
        { target: name },
      );
    const rows = rowsOf(head);
    const { data, width, has } = targetRows(term, head, values, rows);
    let counted = 0;
    for (let row = 0; row < rows; row++) if (has(row)) counted++;
    const weights = new Float32Array(rows);
    for (let row = 0; row < rows; row++) weights[row] = has(row) ? 1 / counted : 0;
    feeds.set(rowsName(index), { type: 'float32', data: weights, dims: [rows, 1] });
    feeds.set(targetName(index), { type: 'float32', data, dims: [rows, width] });
  });
  return feeds;
}
