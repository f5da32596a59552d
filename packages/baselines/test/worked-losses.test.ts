import { collate, type LossTerm } from '@hashee/core';
import { termLoss } from '@hashee/core/testing';
import { onnx } from '@hashee/runtime-onnx';
import { describe, expect, it } from 'vitest';
import { labelLoss, teacherLoss } from '../src/index.js';
import { plainHead, plainModel } from './plain-model.js';

const main = plainHead('main', 'sequence-classification', 1, 2);
const logitsOf = (probabilities: readonly number[]): number[] => probabilities.map(Math.log);

/** The terms of a recipe and their weighted sum, as the runtime computes them for a student with these logits. */
async function trained(
  losses: readonly LossTerm[],
  student: readonly number[],
  teacher: readonly number[],
): Promise<number[]> {
  const model = plainModel({
    layers: 1,
    words: [[1]],
    heads: [main],
    tensors: { 'heads.main.classifier.bias': student },
  });
  const trainer = await onnx({ threads: 1 }).createTrainer!(model, { seed: 1, dropout: 0, heads: [main], losses });
  try {
    const targets = { teacher: Float32Array.from(teacher), labels: Int32Array.of(0) };
    const { terms, loss } = await trainer.accumulate(collate([{ inputIds: [0] }]), targets);
    return [...terms, loss];
  } finally {
    await trainer.dispose();
  }
}

/** The same of the reference. */
function reference(term: LossTerm, student: readonly number[], teacher: readonly number[]): number {
  const target = term.target === 'teacher' ? Float32Array.from(teacher) : Int32Array.of(0);
  return termLoss(term, Float64Array.from(student), 2, target);
}

describe('distillation: T²·KL(teacher || student)', () => {
  it.each([
    ['FastBERT, the teacher first', logitsOf([0.8, 0.2]), logitsOf([0.6, 0.4]), 1, 0.091516],
    ['FastBERT, the student first', logitsOf([0.6, 0.4]), logitsOf([0.8, 0.2]), 1, 0.10465],
    ['ReptileDistil and SKDBERT', [2, 0], [1, 0], 5, 0.121529],
    // Without T².
    ['MPEE, its combined logits', [0.6, -0.45], [0.2, 0.1], 3, 9 * 0.012333],
  ])('%s', async (_, teacher, student, temperature, expected) => {
    const term = teacherLoss(main, { temperature });
    expect(reference(term, student, teacher)).toBeCloseTo(expected, temperature === 3 ? 5 : 6);
    // In float32.
    expect((await trained([term], student, teacher))[0]).toBeCloseTo(expected, 5);
  });

  it('ReptileDistil and SKDBERT: half of it and half of the labels', async () => {
    const terms = [labelLoss(main, { weight: 0.5 }), teacherLoss(main, { temperature: 5, weight: 0.5 })];
    const [student, teacher] = [
      [1, 0],
      [2, 0],
    ];
    const expected = [0.313262, 0.121529, 0.217395];
    const [labels, distilled] = terms.map((term) => reference(term, student, teacher));
    const close = (digits: number) => expected.map((value) => expect.closeTo(value, digits));
    expect([labels, distilled, 0.5 * labels + 0.5 * distilled]).toEqual(close(6));
    expect(await trained(terms, student, teacher)).toEqual(close(5));
  });
});
