import { join } from 'node:path';
import { loadSequenceToSequence } from '@hashee/checkpoint';
import { HasheeError } from '@hashee/core';
import { expect, test } from 'vitest';
import { type GenerationOptions, readGenerationConfig, resolveSettings } from '../src/index.js';
import { GOLDEN } from './golden-model.js';

const { config, generationConfig } = await loadSequenceToSequence(join(GOLDEN, 'bart'));

test("the model's own settings are the defaults, and the caller's win", () => {
  const ofModel = readGenerationConfig(generationConfig);
  expect(resolveSettings([ofModel], config)).toMatchObject({
    maxLength: 16,
    numBeams: 2,
    earlyStopping: true,
    forcedEosTokenIds: [2],
    endTokenIds: [2],
    decoderStartTokenId: 2,
  });
  expect(resolveSettings([{ numBeams: 1, forcedEosTokenId: null }, ofModel], config)).toMatchObject({
    numBeams: 1,
    forcedEosTokenIds: [],
  });
});

test('lengths: those of the caller replace both kinds below, and the model never exceeds itself', () => {
  const lengthOf = (...layers: GenerationOptions[]): number => resolveSettings([...layers, {}], config).maxLength;
  expect(lengthOf()).toBe(20);
  expect(lengthOf({ maxLength: 9 }, { maxNewTokens: 30 })).toBe(9);
  expect(lengthOf({ maxNewTokens: 9 }, { maxLength: 30 })).toBe(10);
  expect(resolveSettings([{ maxLength: 4000 }], config).maxLength).toBe(48);
  const least = (...layers: GenerationOptions[]): number => resolveSettings([...layers, {}], config).minLength;
  expect(least({ minNewTokens: 4, minLength: 3 })).toBe(5);
  expect(least({ minNewTokens: 4, minLength: 9 })).toBe(5);
  expect(least({ minLength: 3 }, { minNewTokens: 9 })).toBe(3);
  expect([least(), least({ minNewTokens: 0 })]).toEqual([0, 1]);
});

test.each<[string, GenerationOptions]>([
  ['maxLength', { maxLength: 49 }],
  ['maxLength', { maxLength: 1 }],
  ['maxNewTokens', { maxNewTokens: 48 }],
  ['numBeams', { numBeams: 0 }],
  ['numBeams', { numBeams: 1.5 }],
  ['numBeams', { numBeams: 1000 }],
  ['numBeams', { numBeams: 2, doSample: true }],
  ['numReturnSequences', { numReturnSequences: 2 }],
  ['temperature', { temperature: 0 }],
  ['topP', { topP: 1.1 }],
  ['lengthPenalty', { lengthPenalty: Number.NaN }],
  ['earlyStopping', { earlyStopping: 'always' as never }],
  ['doSample', { doSample: 'yes' as never }],
  ['eosTokenId', { eosTokenId: [2, 100_000] }],
  ['forcedBosTokenId', { forcedBosTokenId: -1 }],
  ['seed', { seed: -1 }],
])('refuses %s in %o', (option, options) => {
  expect(() => resolveSettings([options, {}], config)).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT', fields: expect.objectContaining({ option }) }),
  );
});

test('settings of a model that would change outputs are refused, those that change nothing are not', () => {
  expect(readGenerationConfig({ diversity_penalty: 0, num_beam_groups: 1, typical_p: 1, bad_words_ids: null })).toEqual(
    {},
  );
  const refusal = (() => {
    try {
      readGenerationConfig({ suppress_tokens: [1] });
    } catch (error) {
      return error;
    }
    return undefined;
  })();
  expect(HasheeError.isInstance(refusal, 'UNSUPPORTED')).toBe(true);
});
