import type { HeadConfig } from '@hashee/core';
import { tinyHead } from '@hashee/core/testing';
import { describe, expect, it } from 'vitest';
import {
  confidence,
  type ExitPolicy,
  entropy,
  entropyPolicy,
  learnedPolicy,
  logSoftmax,
  normalisedEntropy,
  normalisedEntropyPolicy,
  patiencePolicy,
} from '../src/index.js';
import { CascadeRunner } from '../src/machinery/cascade-runner.js';
import { observedThresholds } from '../src/policies/observed-thresholds.js';
import { smallEncoder } from './small-task.js';

const classes = tinyHead('sequence-classification', 12);
const score = tinyHead('regression', 12);
const LAYERS = [
  [0.5, 0.3],
  [1, 0],
  [2, -2],
  [4, -1],
];

/** Layer at which a policy leaves, from the logits of the layers one after another; one more than there are if it doesn't. */
function leaves(
  policy: ExitPolicy,
  setting: number,
  logits: readonly (readonly number[])[],
  head: HeadConfig = classes,
): number {
  const decision = policy.begin(setting, head);
  const layer = logits.findIndex((values) => decision(Float32Array.from(values)));
  return layer < 0 ? logits.length + 1 : layer + 1;
}

describe('DeeBERT: entropy in nats', () => {
  it.each([
    [LAYERS[0], [0.549834, 0.450166]],
    [LAYERS[1], [0.731059, 0.268941]],
    [LAYERS[2], [0.982014, 0.017986]],
  ])('is that of the probabilities of %j', (logits, expected) => {
    expect(Array.from(logSoftmax(logits), Math.exp)).toEqual(expected.map((p) => expect.closeTo(p, 6)));
  });

  it.each([
    [LAYERS[0], 0.688172],
    [LAYERS[1], 0.582203],
    [LAYERS[2], 0.090095],
    [LAYERS[3], 0.04018],
    [[3, 0, 0], 0.366594],
    [[0.2, 0.1, 0], 1.095287],
  ])('of %j', (logits, expected) => {
    expect(entropy(logits)).toBeCloseTo(expected, 6);
  });

  it('leaves at the first layer strictly below the threshold', () => {
    expect(leaves(entropyPolicy, 0.3, LAYERS)).toBe(3);
    expect(leaves(entropyPolicy, 0.05, LAYERS)).toBe(4);
    expect(leaves(entropyPolicy, 0, LAYERS)).toBe(5);
    expect(leaves(entropyPolicy, entropy([2, -2]), [[2, -2]])).toBe(2);
  });

  it('is 0 for logits beyond what probabilities can hold, not NaN', () => {
    expect(entropy([1000, -1000])).toBe(0);
    expect(leaves(entropyPolicy, 1e-5, [[1000, -1000]])).toBe(1);
    expect(entropy([1e4, 1e4])).toBeCloseTo(Math.LN2, 12);
  });

  it('has settings from never to always', () => {
    const settings = entropyPolicy.settings(classes, 12);
    expect(settings[0]).toBe(0);
    expect(settings.at(-1)).toBeGreaterThan(Math.log(3));
    expect(settings).toEqual(settings.toSorted((a, b) => a - b));
  });
});

describe('FastBERT: normalised entropy', () => {
  it.each([
    [LAYERS[0], 0.992822],
    [LAYERS[1], 0.839942],
    [LAYERS[2], 0.129979],
    [LAYERS[3], 0.057967],
    [[3, 0, 0], 0.333688],
    [[0.2, 0.1, 0], 0.996973],
  ])('of %j', (logits, expected) => {
    expect(normalisedEntropy(logits)).toBeCloseTo(expected, 6);
  });

  it.each([
    [0.5, 3],
    [0.9, 2],
    [0.1, 4],
  ])('speed %d leaves at layer %d', (speed, layer) => {
    expect(leaves(normalisedEntropyPolicy, speed, LAYERS)).toBe(layer);
  });

  it('leaves everything at once at speed 1', () => {
    expect(leaves(normalisedEntropyPolicy, 1, [[0.1, 0.1]])).toBe(1);
  });
});

describe('PABEE: patience', () => {
  // Internal classifiers are asked on layers 1 to L - 1.
  const labels = [0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0].map((label) => (label === 0 ? [1, 0] : [0, 1]));
  it.each([
    [1, 3],
    [2, 4],
    [3, 8],
    [4, 9],
    [12, 12],
  ])('%d leaves at layer %d', (patience, layer) => {
    expect(leaves(patiencePolicy(), patience, labels)).toBe(layer);
  });

  it.each([
    [0.5, 4],
    [0.04, 6],
  ])('regression with tolerance %d leaves at layer %d', (tolerance, layer) => {
    const answers = [2.0, 2.6, 2.9, 3.0, 3.05].map((value) => [value]);
    expect(leaves(patiencePolicy({ tolerance }), 2, answers, score)).toBe(layer);
  });

  it('counts for each sequence by itself', () => {
    const policy = patiencePolicy();
    const [a, b] = [policy.begin(1, classes), policy.begin(1, classes)];
    const [yes, no] = [Float32Array.of(0, 1), Float32Array.of(1, 0)];
    expect([a(yes), b(no), a(no), b(no)]).toEqual([false, false, false, true]);
  });
});

describe('BERxiT: learning to exit', () => {
  const policy = learnedPolicy((layer) => `error${layer}`);
  const logit = (u: number): Float32Array => Float32Array.of(Math.log(u / (1 - u)));

  it('leaves where the estimated error is below the threshold', () => {
    expect(policy.also?.(3)).toEqual(['error3']);
    const answer = Float32Array.of(0, 1);
    const [one, two] = [policy.begin(0.3, classes), policy.begin(0.3, classes)];
    expect(one(answer, logit(0.2))).toBe(true);
    expect([two(answer, logit(0.7)), two(answer, logit(0.4))]).toEqual([false, false]);
  });
});

describe('CascadeBERT: confidence', () => {
  it.each([
    [[2, -2], 0.982],
    [[1, 0], 0.731],
  ])('of %j', (logits, expected) => {
    expect(confidence(logits)).toBeCloseTo(expected, 3);
  });

  it('above the threshold stays with the small model, else the large one answers', () => {
    const runner = new CascadeRunner([], classes, { config: smallEncoder().config, head: classes }, [1, 0.5]);
    const small = Float32Array.of(2, -2, 1, 0);
    const stop = (answers: Float32Array, layers: number) => ({
      ...{ layers: new Float64Array(2).fill(layers), answers: [answers], macs: new Float64Array(2) },
    });
    const recording = { sequences: 2, labels: 2, stops: [stop(small, 2), stop(new Float32Array(4), 14)] };
    expect([0, 1].map((row) => runner.stopAt(recording, row, 0.8))).toEqual([0, 1]);
    expect([0, 1].map((row) => runner.stopAt(recording, row, 0.7))).toEqual([0, 0]);
    // Strictly above.
    expect(runner.stopAt(recording, 0, confidence([2, -2]))).toBe(1);
  });
});

describe('thresholds by what was observed', () => {
  it('part the values into equal shares', () => {
    const values = Float64Array.from({ length: 1000 }, (_, i) => 0.69 + ((i * 7919) % 1000) / 1e6);
    const thresholds = observedThresholds(values);
    expect(thresholds).toHaveLength(99);
    thresholds.forEach((threshold, i) => {
      expect(values.filter((value) => value < threshold)).toHaveLength(10 * (i + 1));
      expect(values).not.toContain(threshold);
    });
  });

  it('come once each, and none where all values are equal', () => {
    expect(observedThresholds(Float64Array.of(0.5, 0.1, 0.5, 0.5))).toEqual([0.3]);
    expect(observedThresholds(new Float64Array(7))).toEqual([]);
    expect(observedThresholds(new Float64Array())).toEqual([]);
  });
});
