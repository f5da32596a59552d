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

/** Fields that change outputs and aren't supported, with the values that change nothing; null and empty lists never do. */
const UNSUPPORTED: Readonly<Record<string, readonly unknown[]>> = {
  assistant_early_exit: [],
  bad_words_ids: [],
  begin_suppress_tokens: [],
  constraints: [],
  diversity_penalty: [0],
  dola_layers: [],
  encoder_no_repeat_ngram_size: [0],
  encoder_repetition_penalty: [1],
  epsilon_cutoff: [0, 1],
  eta_cutoff: [0, 1],
  exponential_decay_length_penalty: [],
  force_words_ids: [],
  forced_decoder_ids: [],
  guidance_scale: [1],
  max_time: [],
  min_p: [0],
  num_beam_groups: [1],
  penalty_alpha: [0],
  renormalize_logits: [false],
  sequence_bias: [],
  stop_strings: [],
  suppress_tokens: [],
  token_healing: [false],
  top_h: [],
  typical_p: [1],
  watermarking_config: [],
};

/**
 * Options from the fields of a generation_config.json, which are checked where they are used.
 * @throws HasheeError `UNSUPPORTED` for settings that would change outputs and can't be followed
 */
export function readGenerationConfig(fields: Readonly<Record<string, unknown>>): GenerationOptions {
  const options: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(fields)) {
    if (value === null || value === undefined) continue;
    const empty = Array.isArray(value) && value.length === 0;
    if (Object.hasOwn(UNSUPPORTED, field) && !empty && !UNSUPPORTED[field].includes(value))
      throw new HasheeError(
        'UNSUPPORTED',
        `The model's generation_config.json, or its config.json where that is missing, has "${field}", which isn't supported. Take it out to generate without.`,
        { fields: { field, value } },
      );
    if (Object.hasOwn(NAMES, field)) options[NAMES[field]] = value;
  }
  return options;
}
