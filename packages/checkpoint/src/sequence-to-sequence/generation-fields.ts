/** Fields of transformers' GenerationConfig that older checkpoints have in config.json. */
const FIELDS = [
  'bos_token_id',
  'decoder_start_token_id',
  'do_sample',
  'early_stopping',
  'eos_token_id',
  'forced_bos_token_id',
  'forced_eos_token_id',
  'length_penalty',
  'max_length',
  'min_length',
  'no_repeat_ngram_size',
  'num_beams',
  'pad_token_id',
  'repetition_penalty',
  'temperature',
  'top_k',
  'top_p',
];

/** The settings for generation in a config.json. */
export function generationFields(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(FIELDS.filter((field) => Object.hasOwn(config, field)).map((name) => [name, config[name]]));
}
