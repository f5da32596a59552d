import type { Activation } from '../../config.js';

/** `W x + b` for one vector; W is `[outputs, inputs]` row by row. */
export function linear(x: Float64Array, weight: Float64Array, bias: Float64Array): Float64Array {
  const inputs = x.length;
  const y = new Float64Array(bias.length);
  for (let o = 0; o < y.length; o++) {
    let sum = bias[o];
    for (let i = 0; i < inputs; i++) sum += weight[o * inputs + i] * x[i];
    y[o] = sum;
  }
  return y;
}

export function add(x: Float64Array, y: Float64Array): Float64Array {
  return x.map((value, i) => value + y[i]);
}

export function layerNorm(x: Float64Array, weight: Float64Array, bias: Float64Array, epsilon: number): Float64Array {
  let mean = 0;
  for (const value of x) mean += value / x.length;
  let variance = 0;
  for (const value of x) variance += (value - mean) ** 2 / x.length;
  const deviation = Math.sqrt(variance + epsilon);
  return x.map((value, i) => ((value - mean) / deviation) * weight[i] + bias[i]);
}

/** In place of overflowing exponentials, the largest score is subtracted first. */
export function softmax(scores: Float64Array): Float64Array {
  const largest = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/** Error function to about 1e-15: the series `2/√π · exp(-x²) · Σ 2ⁿ x^(2n+1) / (2n+1)!!`, whose terms are all of one sign. */
export function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

export function activate(kind: Activation | 'tanh', x: number): number {
  switch (kind) {
    case 'relu':
      return Math.max(0, x);
    case 'tanh':
      return Math.tanh(x);
    case 'gelu':
      return 0.5 * x * (1 + erf(x / Math.SQRT2));
    case 'gelu_tanh':
      return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
  }
}
