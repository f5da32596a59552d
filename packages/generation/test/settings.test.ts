import { join } from 'node:path';
import { loadSequenceToSequence } from '@hashee/checkpoint';
import { describe, expect, test } from 'vitest';
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
  // transformers adds the start token to its 20.
  expect(lengthOf()).toBe(21);
  expect([lengthOf({ maxLength: 20 }), lengthOf({ maxNewTokens: 20 })]).toEqual([20, 21]);
  const short = { ...config, decoder: { ...config.decoder, maxLength: 12 } };
  expect(resolveSettings([{}], short).maxLength).toBe(12);
  expect(lengthOf({ maxLength: 9 }, { maxNewTokens: 30 })).toBe(9);
  expect(lengthOf({ maxNewTokens: 9 }, { maxLength: 30 })).toBe(10);
  expect(resolveSettings([{ maxLength: 4000 }], config).maxLength).toBe(48);
  const least = (...layers: GenerationOptions[]): number => resolveSettings([...layers, {}], config).minLength;
  expect(least({ minNewTokens: 4, minLength: 5 })).toBe(5);
  expect(lengthOf({ maxNewTokens: 4, maxLength: 5 })).toBe(5);
  expect(least({ minLength: 3 }, { minNewTokens: 9 })).toBe(3);
  expect([least(), least({ minNewTokens: 0 })]).toEqual([0, 1]);
});

test('a model that contradicts itself is read as transformers reads it, a caller is told', () => {
  const ofModel = { minLength: 9, minNewTokens: 4, maxLength: 30, maxNewTokens: 12 };
  expect(resolveSettings([ofModel], config)).toMatchObject({ minLength: 5, maxLength: 13 });
  // As of a summariser whose outputs are to be shorter than its authors had them.
  expect(resolveSettings([{ maxNewTokens: 7 }, { minLength: 20 }], config)).toMatchObject({
    minLength: 20,
    maxLength: 8,
  });
  for (const [layers, message] of [
    [[{ minNewTokens: 4, minLength: 9 }], 'minNewTokens must be 8 where minLength is 9'],
    [[{ maxNewTokens: 9, maxLength: 9 }], 'maxNewTokens must be 8 where maxLength is 9'],
    [
      [{ minNewTokens: 12, maxNewTokens: 11 }],
      'minNewTokens must be at most 11, because outputs end there (maxNewTokens',
    ],
    [[{ minLength: 12 }, { maxLength: 11 }], 'minLength must be at most 11'],
    [[{ minNewTokens: 21 }], 'minNewTokens must be at most 20, because outputs end there (maxNewTokens is 20)'],
  ] as const)
    expect(() => resolveSettings([...layers, {}], config)).toThrow(message);
});

test.each<[string, GenerationOptions]>([
  ['minLength', { minLength: -1 }],
  ['minLength', { minLength: 49, maxLength: 48 }],
  ['minNewTokens', { minNewTokens: 1.5 }],
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

describe('settings of a model', () => {
  test.each<[string, unknown]>([
    ['bad_words_ids', [[5]]],
    ['begin_suppress_tokens', [5]],
    ['diversity_penalty', 0.5],
    ['dola_layers', 'low'],
    ['encoder_no_repeat_ngram_size', 3],
    ['encoder_repetition_penalty', 1.1],
    ['exponential_decay_length_penalty', [5, 1.1]],
    ['forced_decoder_ids', [[1, 5]]],
    ['guidance_scale', 1.5],
    ['max_time', 2],
    ['min_p', 0.1],
    ['num_beam_groups', 2],
    ['penalty_alpha', 0.6],
    ['renormalize_logits', true],
    ['stop_strings', '.'],
    ['suppress_tokens', [1]],
    ['token_healing', true],
    ['typical_p', 0.9],
    ['watermarking_config', { bias: 2 }],
  ])('that would change outputs are refused: %s', (field, value) => {
    expect(() => readGenerationConfig({ [field]: value })).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED', fields: { field, value } }),
    );
  });

  test('that change nothing are not', () => {
    const neutral = {
      ...{ bad_words_ids: null, suppress_tokens: [], stop_strings: null, max_time: null, watermarking_config: null },
      ...{ diversity_penalty: 0, encoder_no_repeat_ngram_size: 0, epsilon_cutoff: 0, min_p: 0, penalty_alpha: 0 },
      ...{ num_beam_groups: 1, typical_p: 1, guidance_scale: 1, encoder_repetition_penalty: 1 },
      ...{ renormalize_logits: false, token_healing: false, use_cache: true, low_memory: true, output_scores: false },
    };
    expect(readGenerationConfig(neutral)).toEqual({});
    // No end at all is a setting that is followed.
    expect(readGenerationConfig({ eos_token_id: [] })).toEqual({ eosTokenId: [] });
  });
});
