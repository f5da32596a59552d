/** Fields of transformers' GenerationConfig. */
type GenerationConfig = Readonly<Record<string, unknown>>;

/** In tokens, the start token included. */
export interface OutputLengths {
  readonly maxLength: number;
  /** Absent: an output may end at once. */
  readonly minLength?: number | undefined;
}

/**
 * Lengths of a trained model: its own longest output, and the shortest one of the model it was made from, where outputs can be that long.
 * @param base of the model that was trained
 */
export function outputLengths(base: GenerationConfig, maxLength: number): OutputLengths {
  // In new tokens it wins, as in transformers.
  const least = Number.isInteger(base['min_new_tokens'])
    ? (base['min_new_tokens'] as number) + 1
    : (base['min_length'] as number);
  return { maxLength, ...(Number.isInteger(least) && least > 0 && least < maxLength ? { minLength: least } : {}) };
}

/** The config with these lengths and no others. */
export function withLengths(base: GenerationConfig, { maxLength, minLength }: OutputLengths): GenerationConfig {
  const { max_new_tokens: _most, min_new_tokens: _least, min_length: _shortest, ...kept } = base;
  return { ...kept, max_length: maxLength, ...(minLength === undefined ? {} : { min_length: minLength }) };
}
