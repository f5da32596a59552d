import { HasheeError } from '@hashee/core';
import type { GenerationOptions } from './generation-options.js';

const NAMES: Readonly<Record<string, keyof GenerationOptions>> = {
  max_length: 'maxLength',
  max_new_tokens: 'maxNewTokens',
  min_length: 'minLength',
  min_new_tokens: 'minNewTokens',
  num_beams: 'numBeams',
  num_return_sequences: 'numReturnSequences',
  early_stopping: 'earlyStopping',
  length_penalty: 'lengthPenalty',
  no_repeat_ngram_size: 'noRepeatNgramSize',
  repetition_penalty: 'repetitionPenalty',
  forced_bos_token_id: 'forcedBosTokenId',
  forced_eos_token_id: 'forcedEosTokenId',
  eos_token_id: 'eosTokenId',
  decoder_start_token_id: 'decoderStartTokenId',
  do_sample: 'doSample',
  temperature: 'temperature',
  top_k: 'topK',
  top_p: 'topP',
};

/** Fields that change outputs and aren't supported, with the values that change nothing. */
const UNSUPPORTED: Readonly<Record<string, readonly unknown[]>> = {
  assistant_early_exit: [],
  bad_words_ids: [],
  begin_suppress_tokens: [],
  constraints: [],
  diversity_penalty: [0],
  encoder_no_repeat_ngram_size: [0],
  encoder_repetition_penalty: [1],
  epsilon_cutoff: [0],
  eta_cutoff: [0],
  exponential_decay_length_penalty: [],
  force_words_ids: [],
  guidance_scale: [1],
  min_p: [],
  num_beam_groups: [1],
  penalty_alpha: [0],
  sequence_bias: [],
  suppress_tokens: [],
  top_h: [],
  typical_p: [1],
};

/**
 * Options from the fields of a generation_config.json, which are checked where they are used.
 * @throws HasheeError `UNSUPPORTED` for settings that would change outputs and can't be followed
 */
export function readGenerationConfig(fields: Readonly<Record<string, unknown>>): GenerationOptions {
  const options: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(fields)) {
    if (value === null || value === undefined) continue;
    if (Object.hasOwn(UNSUPPORTED, field) && !UNSUPPORTED[field].includes(value))
      throw new HasheeError(
        'UNSUPPORTED',
        `The model's generation_config.json has "${field}", which isn't supported. Take it out to generate without.`,
        { fields: { field, value } },
      );
    if (Object.hasOwn(NAMES, field)) options[NAMES[field]] = value;
  }
  return options;
}
