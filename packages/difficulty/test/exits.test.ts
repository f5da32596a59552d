import { tinyCheckpoint } from '@hashee/core/testing';
import {
  bitThresholds,
  executedExits,
  exitsBelow,
  oracleStop,
  outcomeOf,
  predictedStop,
  sameLayer,
  sameTypeSameLayer,
  thresholdForMeanExit,
} from '@hashee/difficulty';
import { randomInconsistentExits } from '@hashee/hash';
import { onnx } from '@hashee/runtime-onnx';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

describe('where bits leave', () => {
  const bits = { layers: 3, values: Uint8Array.of(0, 1, 0, 0, 0, 0, 0, 0, 1) };

  test('an oracle: at the first right layer; at once where nothing will be right', () => {
    expect([0, 1, 2].map((row) => oracleStop(bits, row))).toEqual([1, 0, 2]);
  });

  test('predicted bits: at the first logit above the threshold, else at the end', () => {
    const logits = Float32Array.of(-1, 0.5, 9, -1, -2, -3);
    expect([0, 1].map((row) => predictedStop(logits, 3, row, 0))).toEqual([1, 2]);
    expect(predictedStop(logits, 3, 1, -1.5)).toBe(0);
  });

  test('thresholds run from nobody leaving to everybody', () => {
    const logits = Float32Array.from({ length: 300 }, (_, i) => Math.sin(i));
    const thresholds = bitThresholds(logits, 3);
    expect(thresholds).toEqual([...thresholds].sort((a, b) => b - a));
    const stops = (threshold: number): number[] =>
      Array.from({ length: 100 }, (_, row) => predictedStop(logits, 3, row, threshold));
    expect(new Set(stops(thresholds[0]))).toEqual(new Set([2]));
    expect(new Set(stops(thresholds.at(-1)!))).toEqual(new Set([0]));
  });

  test('what comes of it is counted by sequence', () => {
    const recording = {
      ...{ sequences: 2, labels: 2 },
      stops: [
        { layers: Float64Array.of(1, 1), answers: [Float32Array.of(1, 0, 1, 0)], macs: Float64Array.of(10, 20) },
        { layers: Float64Array.of(2, 2), answers: [Float32Array.of(0, 1, 0, 1)], macs: Float64Array.of(30, 40) },
      ],
    };
    expect(outcomeOf(recording, [0, 1], 100, (row) => row)).toEqual({ accuracy: 1, meanExit: 1.5, speedup: 2 });
    expect(outcomeOf(recording, [0, 1], 100, () => 0)).toMatchObject({ accuracy: 0.5, meanExit: 1 });
  });
});

describe('consistency', () => {
  test('is the share of the same instances at the same layer', () => {
    expect(sameLayer([1, 2, 3, 3], [1, 2, 1, 3])).toBe(0.75);
    expect(() => sameLayer([1], [1, 2])).toThrow(/1 and 2/);
  });

  test('by type: how likely an occurrence of training, drawn at random, left there', () => {
    const training = { types: [7, 7, 7, 7, 8], layers: [1, 1, 1, 2, 3] };
    expect(sameTypeSameLayer(training, { types: [7, 7, 8, 9], layers: [1, 2, 3, 1] })).toBeCloseTo(
      (0.75 + 0.25 + 1) / 3,
    );
    expect(sameTypeSameLayer(training, { types: [9], layers: [1] })).toBeNull();
  });

  test('exits below a threshold, strictly', () => {
    expect([...exitsBelow([0.5, 0.1, 0.2, 0.9], 3, 0.2)]).toEqual([2, 3]);
  });

  test('the threshold for a mean exit is the lowest that is early enough', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 4, maxLength: 40 }), (raw) => {
        const values = raw.slice(0, raw.length - (raw.length % 2));
        const mean = (threshold: number): number => {
          const exits = exitsBelow(values, 3, threshold);
          return exits.reduce((sum, layer) => sum + layer, 0) / exits.length;
        };
        for (const wanted of [1, 1.5, 2, 2.5, 3]) {
          const found = thresholdForMeanExit(values, 3, wanted);
          expect(mean(found)).toBeLessThanOrEqual(wanted);
          const lower = values.filter((value) => value < found).sort((a, b) => b - a)[0];
          if (lower !== undefined) expect(mean(lower)).toBeGreaterThan(wanted);
        }
      }),
    );
  });

  test('a model with a table keeps its exits in any batch; drawn ones change with each visit', async () => {
    const exitLayer = Uint8Array.from({ length: 50 }, (_, id) => 1 + (id % 3));
    const checkpoint = tinyCheckpoint({
      exitTable: { layers: 3, exitLayer, hash: { name: 'custom', parameters: {} } },
    });
    const encoder = await onnx({ threads: 1 }).load(checkpoint);
    const sequences = Array.from({ length: 20 }, (_, i) => ({
      inputIds: Int32Array.from({ length: 3 + (i % 7) }, (_, t) => 4 + ((7 * i + 3 * t) % 45)),
      label: 0,
    }));
    const alone = await executedExits(encoder, sequences, 1);
    const together = await executedExits(encoder, sequences, 16);
    expect(sameLayer(alone.layers, together.layers)).toBe(1);
    expect([...Array.from(alone.layers)]).toEqual(Array.from(alone.types, (id) => exitLayer[id]));
    expect(sameTypeSameLayer(alone, together)).toBe(1);
    const draw = randomInconsistentExits({ layers: 3, seed: 1, tokenizer: { specialIds: new Set<number>() } });
    const visit = (number: number) =>
      executedExits(
        encoder,
        sequences.map((sequence, i) => ({ ...sequence, exitLayers: draw(sequence.inputIds, i, number) })),
        4,
      );
    const [first, again] = [await visit(0), await visit(1)];
    expect(sameLayer(first.layers, again.layers)).toBeGreaterThan(0.2);
    expect(sameLayer(first.layers, again.layers)).toBeLessThan(0.5);
    await encoder.dispose();
  });
});
