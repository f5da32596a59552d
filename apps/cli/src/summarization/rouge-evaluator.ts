import { createHash } from 'node:crypto';
import type { Tokenizer } from '@hashee/core';
import { type CallOptions, generatorOf } from '@hashee/generation';
import type { SequenceToSequenceEvaluator } from '@hashee/train';
import type { RougeWords } from './pair-options.js';
import type { Pair } from './read-pairs.js';
import { rougeScores } from './rouge.js';

export interface RougeEvaluatorOptions {
  readonly tokenizer: Tokenizer;
  readonly words: RougeWords;
  /** How summaries are generated. */
  readonly generation: CallOptions;
  /** Fields of the model's generation_config.json, of which the tokens count that begin and end an output. */
  readonly generationConfig: Readonly<Record<string, unknown>>;
  readonly onProgress?: ((event: { readonly done: number; readonly total: number }) => void) | undefined;
}

/** What makes an output whole, however it is searched for. */
const BOUNDS = ['decoder_start_token_id', 'eos_token_id', 'forced_bos_token_id', 'forced_eos_token_id'];

/** Judges an encoder-decoder by the ROUGE of what it generates; the mean of the three is the score. */
export function rougeEvaluator(
  pairs: readonly Pair[],
  { tokenizer, words, generation, generationConfig: ofModel, onProgress }: RougeEvaluatorOptions,
): SequenceToSequenceEvaluator {
  const sources = pairs.map(({ source }) => source);
  const references = pairs.map(({ target }) => target);
  const generationConfig = Object.fromEntries(Object.entries(ofModel).filter(([field]) => BOUNDS.includes(field)));
  const hash = createHash('sha256').update(JSON.stringify([words, generation, generationConfig, sources, references]));
  return {
    fingerprint: hash.digest('hex'),
    async evaluate(model, { signal }) {
      const generator = generatorOf(model, { tokenizer, generationConfig }, generation);
      const { results } = await generator.run(sources, {
        signal,
        onBatch: ({ texts }) => onProgress?.({ done: texts, total: sources.length }),
      });
      const metrics = rougeScores(
        results.map(({ text }) => text),
        references,
        words,
      );
      return { metrics, score: (metrics.rouge1 + metrics.rouge2 + metrics.rougeL) / 3 };
    },
  };
}
