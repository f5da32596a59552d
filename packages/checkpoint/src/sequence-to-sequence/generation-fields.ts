/** Fields of transformers' GenerationConfig that decide what is generated; older checkpoints have them in config.json. */
const FIELDS = [
  'assistant_early_exit',
  'bad_words_ids',
  'begin_suppress_tokens',
  'bos_token_id',
  'constraints',
  'decoder_start_token_id',
  'diversity_penalty',
  'do_sample',
  'dola_layers',
  'early_stopping',
  'encoder_no_repeat_ngram_size',
  'encoder_repetition_penalty',
  'eos_token_id',
  'epsilon_cutoff',
  'eta_cutoff',
  'exponential_decay_length_penalty',
  'force_words_ids',
  'forced_bos_token_id',
  'forced_decoder_ids',
  'forced_eos_token_id',
  'guidance_scale',
  'length_penalty',
  'max_length',
  'max_new_tokens',
  'max_time',
  'min_length',
  'min_new_tokens',
  'min_p',
  'no_repeat_ngram_size',
  'num_beam_groups',
  'num_beams',
  'num_return_sequences',
  'pad_token_id',
  'penalty_alpha',
  'renormalize_logits',
  'repetition_penalty',
  'sequence_bias',
  'stop_strings',
  'suppress_tokens',
  'temperature',
  'token_healing',
  'top_h',
  'top_k',
  'top_p',
  'typical_p',
  'watermarking_config',
];

/**
 * The settings for generation in a config.json. For BART with what transformers' BartConfig (4.x, `configuration_bart.py`) takes where they
 * are missing: outputs that reach the longest length end with </s>, and the older `force_bos_token_to_be_generated`.
 */
export function generationFields(
  config: Readonly<Record<string, unknown>>,
  modelType: 'bart' | 'cpt',
): Record<string, unknown> {
  const given = Object.fromEntries(
    FIELDS.filter((field) => Object.hasOwn(config, field)).map((name) => [name, config[name]]),
  );
  if (modelType === 'cpt') return given;
  const forcesBos =
    config['force_bos_token_to_be_generated'] === true && (given['forced_bos_token_id'] ?? null) === null;
  return {
    forced_eos_token_id: 2,
    ...given,
    ...(forcesBos ? { forced_bos_token_id: given['bos_token_id'] ?? 0 } : {}),
  };
}
