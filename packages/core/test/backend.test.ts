import { expect, test } from 'vitest';
import {
  assertStateFits,
  dropoutProbability,
  Lifetime,
  optimizerSettings,
  termsAt,
  trainableSelector,
} from '../src/backend/index.js';
import { defineEncoderConfig, HasheeError } from '../src/index.js';

function refusal(work: () => unknown): HasheeError {
  try {
    work();
  } catch (error) {
    if (HasheeError.isInstance(error)) return error;
    throw error;
  }
  throw new HasheeError('NOT_CONFORMING', 'It was not refused.');
}

test('what a lifetime holds is released once, after the last user', async () => {
  const events: string[] = [];
  const lifetime = new Lifetime('encoder', async () => {
    await Promise.resolve();
    events.push('released');
  });
  let finish = (): void => {};
  const work = lifetime.use(async () => {
    await new Promise<void>((resolve) => {
      finish = resolve;
    });
    events.push('used');
  });
  const disposals = [lifetime.dispose(), lifetime.dispose()];
  expect(refusal(() => lifetime.assertAlive()).code).toBe('DISPOSED');
  await expect(lifetime.use(async () => {})).rejects.toThrow(/was disposed of/);
  finish();
  await Promise.all([work, ...disposals]);
  expect(events).toEqual(['used', 'released']);
});

test('tensors are chosen by name or by a prefix that ends in a dot', () => {
  const names = ['layers.1.up.weight', 'layers.10.up.weight', 'pooler.weight'];
  const of = (trainable?: string[]): string[] => names.filter(trainableSelector(trainable, names));
  expect(of()).toEqual(names);
  expect(of(['layers.1.'])).toEqual(['layers.1.up.weight']);
  expect(of(['pooler.weight', 'layers.10.'])).toEqual(['layers.10.up.weight', 'pooler.weight']);
  expect(refusal(() => trainableSelector(['pooler'], names)).message).toContain('"pooler"');
});

test('a state of another model, or one that was cut, is refused', () => {
  const expected = new Map([['weights/a', { shape: [2, 3] }]]);
  const state = (name: string, shape: number[], length: number) =>
    new Map([[name, { shape, data: new Float32Array(length) }]]);
  assertStateFits(expected, state('weights/a', [2, 3], 6));
  expect(refusal(() => assertStateFits(expected, state('weights/b', [2, 3], 6))).message).toContain(
    'lacks "weights/a"',
  );
  expect(refusal(() => assertStateFits(expected, state('weights/a', [3, 2], 6))).code).toBe('INVALID_CHECKPOINT');
  expect(refusal(() => assertStateFits(expected, state('weights/a', [2, 3], 5))).message).toContain('5 values');
  const more = new Map([...state('weights/a', [2, 3], 6), ...state('weights/c', [1], 1)]);
  expect(refusal(() => assertStateFits(expected, more)).message).toContain('has "weights/c"');
});

test('terms without a turn count always; settings that are not given have defaults', () => {
  const term = { head: 'main', kind: 'cross-entropy' } as const;
  const terms = [term, { ...term, turn: { of: 3, at: 2 } }];
  expect([0, 1, 2, 5].map((step) => termsAt(terms, step)[1])).toEqual([false, false, true, true]);
  expect(termsAt(terms, 0)[0]).toBe(true);
  expect(optimizerSettings({ beta1: 0.5 })).toEqual({
    ...{ weightDecay: 0.01, beta1: 0.5, beta2: 0.999, epsilon: 1e-8, maxGradientNorm: 1 },
  });
});

test("a recipe's dropout replaces the config's, and adds none after activations where the config has none", () => {
  const probabilities = (activation: number | undefined, override?: number): number[] => {
    const dropout = { hidden: 0.1, attention: 0.2, classifier: 0, activation };
    const config = defineEncoderConfig({ vocabSize: 9, hiddenSize: 4, layers: 1, headCount: 1, dropout });
    return (['hidden', 'attention', 'activation'] as const).map((kind) =>
      dropoutProbability(config, { kind }, override),
    );
  };
  expect(probabilities(undefined)).toEqual([0.1, 0.2, 0]);
  expect(probabilities(0.3)).toEqual([0.1, 0.2, 0.3]);
  expect(probabilities(undefined, 0.4)).toEqual([0.4, 0.4, 0]);
  expect(probabilities(0, 0.4)).toEqual([0.4, 0.4, 0]);
  expect(probabilities(0.3, 0.4)).toEqual([0.4, 0.4, 0.4]);
  expect(refusal(() => probabilities(1)).message).toContain('dropout.activation');
});
