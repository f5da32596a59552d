import type { Graph, Value } from '../graph/graph.js';
import { add, matMul, multiply, softmax, transpose } from '../graph/operators.js';

/** One loss term inside a graph. */
export interface LossValue {
  /** Scalar, unweighted. */
  readonly loss: Value;
  /** d(weight·scale·loss)/dLogits, [rows, C]. */
  readonly gradient: Value;
}

export interface LossInputs {
  readonly graph: Graph;
  /** z, [rows, C] */
  readonly logits: Value;
  /** w_r, [rows, 1] */
  readonly rows: Value;
  readonly target: Value;
  /** Of the gradient. */
  readonly scale: Value;
}

/** Keeps quotients finite where a row is all zeros. */
const TINY = 1e-30;

/** `Σ w_r (1 - cos(z_r, y_r))`, gradient `w_r (cos·z_r/|z_r|² - y_r/(|z_r||y_r|))`. */
export function cosineLoss({ graph, logits: z, rows, target: y, scale }: LossInputs): LossValue {
  const overRow = (value: Value): Value => graph.add('ReduceSum', [value, graph.integers([-1])], { keepdims: 1 });
  const squared = (value: Value): Value => add(graph, overRow(multiply(graph, value, value)), graph.float(TINY));
  const length = (value: Value): Value => graph.add('Sqrt', [squared(value)]);
  const lengths = multiply(graph, length(z), length(y));
  const cosine = graph.add('Div', [overRow(multiply(graph, z, y)), lengths]);
  const off = multiply(graph, rows, graph.add('Sub', [graph.float(1), cosine]));
  const along = multiply(graph, z, graph.add('Div', [cosine, squared(z)]));
  const slope = graph.add('Sub', [along, graph.add('Div', [y, lengths])]);
  return {
    loss: graph.add('ReduceSum', [off], { keepdims: 0 }),
    gradient: multiply(graph, multiply(graph, slope, rows), scale),
  };
}

/**
 * `Σ w_r (σ(z_r) - e_r)²` with e_r = 1 where the judged head's largest logit isn't the label's, else 0; for regression
 * |tanh(z - y)|. Gradient `2 w_r (σ - e) σ (1 - σ)`; none for the judged head.
 * @param judged [rows, C] or [rows, 1]
 */
export function uncertaintyLoss(
  { graph, logits, rows, target, scale }: LossInputs,
  judged: Value,
  kind: 'regression' | 'classes',
): LossValue {
  const rest = (value: Value): Value => graph.add('Sub', [graph.float(1), value]);
  const asFloat = (value: Value): Value => graph.add('Cast', [value], { to: 1 });
  const wrong = (): Value => {
    const largest = asFloat(graph.add('ArgMax', [judged], { axis: -1, keepdims: 1 }));
    return rest(asFloat(graph.add('Equal', [largest, target])));
  };
  const error =
    kind === 'classes' ? wrong() : graph.add('Abs', [graph.add('Tanh', [graph.add('Sub', [judged, target])])]);
  const guess = graph.add('Sigmoid', [logits]);
  const off = graph.add('Sub', [guess, error]);
  const counted = multiply(graph, off, rows);
  const slope = multiply(graph, guess, rest(guess));
  return {
    loss: graph.add('ReduceSum', [multiply(graph, off, counted)], { keepdims: 0 }),
    gradient: multiply(graph, multiply(graph, counted, slope), multiply(graph, scale, graph.float(2))),
  };
}

/**
 * `Σ w_r max(0, margin - (M c)_r)` with c_r the largest probability of row r and M `[rows, rows]` taking the partner's from
 * it. With a_r = w_r where the margin isn't met: dLoss/dc = -Mᵀa, dc/dz = c (onehot of the largest - p).
 */
export function confidenceMarginLoss({ graph, logits, rows, target, scale }: LossInputs, margin: number): LossValue {
  const asFloat = (value: Value): Value => graph.add('Cast', [value], { to: 1 });
  const p = softmax(graph, logits);
  const [confidence] = graph.addMany('TopK', [p, graph.integers([1])], 2, { axis: -1 }); // [rows, 1]
  const missing = graph.add('Sub', [graph.float(margin), matMul(graph, target, confidence)]);
  const active = multiply(graph, rows, asFloat(graph.add('Greater', [missing, graph.float(0)])));
  const toConfidence = graph.add('Neg', [matMul(graph, transpose(graph, target, [1, 0]), active)]);
  const largest = asFloat(graph.add('Equal', [p, confidence]));
  const slope = multiply(graph, graph.add('Sub', [largest, p]), confidence);
  return {
    loss: graph.add('ReduceSum', [multiply(graph, active, missing)], { keepdims: 0 }),
    gradient: multiply(graph, multiply(graph, slope, toConfidence), scale),
  };
}
