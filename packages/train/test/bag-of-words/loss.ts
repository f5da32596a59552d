import type { LossTerm } from '@hashee/core';

/** Mean loss over the rows that have a target, and its gradient with respect to the logits, `[rows, C]`. */
export interface LossAndGradient {
  readonly loss: number;
  readonly gradient: Float64Array;
}

function softmax(values: ArrayLike<number>, row: number, C: number, temperature: number): number[] {
  const scaled = Array.from({ length: C }, (_, c) => values[row * C + c] / temperature);
  const highest = Math.max(...scaled);
  const powers = scaled.map((value) => Math.exp(value - highest));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}

export function lossOf(
  { kind, temperature = 1 }: LossTerm,
  logits: Float64Array,
  C: number,
  target: Int32Array | Float32Array,
): LossAndGradient {
  const rows = logits.length / C;
  const gradient = new Float64Array(logits.length);
  const labelled = Array.from({ length: rows }, (_, row) => row).filter(
    (row) => !(kind === 'cross-entropy' && target[row] < 0),
  );
  let loss = 0;
  for (const row of labelled) {
    if (kind === 'mse') {
      const difference = logits[row] - target[row];
      loss += difference ** 2;
      gradient[row] = 2 * difference;
      continue;
    }
    const student = softmax(logits, row, C, kind === 'distillation' ? temperature : 1);
    const wanted =
      kind === 'distillation'
        ? softmax(target, row, C, temperature)
        : student.map((_, c) => (c === target[row] ? 1 : 0));
    const scale = kind === 'distillation' ? temperature ** 2 : 1;
    student.forEach((p, c) => {
      if (wanted[c] > 0) loss += scale * wanted[c] * Math.log(wanted[c] / p);
      gradient[row * C + c] = (scale / (kind === 'distillation' ? temperature : 1)) * (p - wanted[c]);
    });
  }
  return { loss: loss / labelled.length, gradient: gradient.map((value) => value / labelled.length) };
}
