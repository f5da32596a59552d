import type { HeadConfig, LossTerm } from '@hashee/core';
import type { Engine } from '../engine/engine.js';
import type { Tensor, Tensor2D } from '../engine/tensorflow.js';
import type { TargetRows } from './loss-targets.js';

/** A term and its exact gradient; row r counts with w_r. */
export interface LossValue {
  /** Scalar, unweighted. */
  readonly loss: Tensor;
  /** dLoss/dLogits, `[rows, C]` */
  readonly gradient: Tensor;
}

interface LossInput {
  readonly engine: Engine;
  /** `[rows, C]` */
  readonly z: Tensor;
  /** `[rows, 1]` */
  readonly w: Tensor;
  /** `[rows, width]` */
  readonly y: Tensor;
}

/** Keeps quotients finite where a row is all zeros. */
const TINY = 1e-30;

/** `-Σ w_r Σ_c p_rc ln softmax(z_r)_c`, gradient `w_r (softmax(z_r)·Σ_c p_rc - p_r)`. */
function crossEntropy({ engine: { tf }, z, w, y }: LossInput): LossValue {
  const centred = tf.sub(z, tf.max(z, -1, true));
  const logarithm = tf.sub(centred, tf.log(tf.sum(tf.exp(centred), -1, true)));
  const counted = tf.mul(y, w);
  const mass = tf.sum(counted, -1, true);
  return {
    loss: tf.neg(tf.sum(tf.mul(counted, logarithm))),
    gradient: tf.sub(tf.mul(tf.exp(logarithm), mass), counted),
  };
}

/** `T² Σ w_r KL(p_r || softmax(z_r / T))`, gradient `T w_r (softmax(z_r / T) - p_r)`; y holds the softened teacher. */
function distillation(input: LossInput, T: number): LossValue {
  const { engine, w, y } = input;
  const { tf } = engine;
  const { loss, gradient } = crossEntropy({ ...input, z: tf.mul(input.z, 1 / T) });
  const certainty = tf.sum(tf.mul(tf.mul(y, w), tf.log(tf.add(y, TINY))));
  return { loss: tf.mul(tf.add(loss, certainty), T * T), gradient: tf.mul(gradient, T) };
}

/** `Σ w_r |z_r - y_r|²`, gradient `2 w_r (z_r - y_r)`. */
function squaredError({ engine: { tf }, z, w, y }: LossInput): LossValue {
  const off = tf.sub(z, y);
  const counted = tf.mul(off, w);
  return { loss: tf.sum(tf.mul(off, counted)), gradient: tf.mul(counted, 2) };
}

/** `Σ w_r (1 - cos(z_r, y_r))`, gradient `w_r (cos·z_r/|z_r|² - y_r/(|z_r||y_r|))`. */
function cosine({ engine: { tf }, z, w, y }: LossInput): LossValue {
  const overRow = (a: Tensor, b: Tensor): Tensor => tf.sum(tf.mul(a, b), -1, true);
  const squared = tf.add(overRow(z, z), TINY);
  const lengths = tf.mul(tf.sqrt(squared), tf.sqrt(tf.add(overRow(y, y), TINY)));
  const along = tf.div(overRow(z, y), lengths);
  const slope = tf.sub(tf.mul(z, tf.div(along, squared)), tf.div(y, lengths));
  return { loss: tf.sum(tf.mul(w, tf.sub(1, along))), gradient: tf.mul(slope, w) };
}

/** `Σ w_r (σ(z_r) - e_r)²`, gradient `2 w_r (σ - e) σ (1 - σ)`; e_r says how wrong the judged head is. */
function uncertainty({ engine: { tf }, z, w, y }: LossInput, judged: Tensor, isRegression: boolean): LossValue {
  const error = isRegression
    ? tf.abs(tf.tanh(tf.sub(judged, y)))
    : tf.cast(tf.notEqual(tf.expandDims(tf.cast(tf.argMax(judged, -1), 'float32'), -1), y), 'float32');
  const guess = tf.sigmoid(z);
  const off = tf.sub(guess, error);
  const slope = tf.mul(guess, tf.sub(1, guess));
  return { loss: tf.sum(tf.mul(tf.mul(off, off), w)), gradient: tf.mul(tf.mul(tf.mul(off, w), slope), 2) };
}

/**
 * `Σ w_r max(0, margin - (M c)_r)` with c_r the largest probability of row r and y = M taking the partner's from it. With
 * a_r = w_r where the margin isn't met: dLoss/dc = -Mᵀa, dc/dz = c (onehot of the largest - p).
 */
function confidenceMargin({ engine: { tf }, z, w, y }: LossInput, margin: number): LossValue {
  const p = tf.softmax(z);
  const confidence = tf.max(p, -1, true);
  const missing = tf.sub(margin, tf.matMul(y as Tensor2D, confidence as Tensor2D));
  const active = tf.mul(w, tf.cast(tf.greater(missing, 0), 'float32'));
  const toConfidence = tf.neg(tf.matMul(y as Tensor2D, active as Tensor2D, true, false));
  const largest = tf.cast(tf.equal(p, confidence), 'float32');
  return {
    loss: tf.sum(tf.mul(active, missing)),
    gradient: tf.mul(tf.mul(tf.sub(largest, p), confidence), toConfidence),
  };
}

/** A loss term on the logits of its head. `judged` is the head that `uncertainty` is about. */
export function lossTerm(
  engine: Engine,
  term: LossTerm,
  target: TargetRows,
  z: Tensor,
  judged: { readonly head: HeadConfig; readonly logits: Tensor } | undefined,
): LossValue {
  const rows = z.shape[0];
  const w = engine.float32(target.weights, [rows, 1]);
  const y = engine.float32(target.data, [rows, target.width]);
  const input = { engine, z, w, y };
  switch (term.kind) {
    case 'cross-entropy':
      return crossEntropy(input);
    case 'distillation':
      return distillation(input, term.temperature ?? 1);
    case 'mse':
      return squaredError(input);
    case 'cosine':
      return cosine(input);
    case 'uncertainty':
      return uncertainty(input, judged!.logits, judged!.head.labels.length === 1);
    case 'confidence-margin':
      return confidenceMargin(input, term.margin ?? 0.3);
  }
}
