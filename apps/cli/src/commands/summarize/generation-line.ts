import type { GenerationSummary } from '@hashee/generation';
import { duration, plural, rate } from '@hashee/terminal';

/** `3 texts in 2.3 s: 45 tokens, 19.6 tokens/s, mean exit layer 2.13 of 6, counted speed-up 3.41x of the encoder, 1.52x with the decoder`. */
export function generationLine(summary: GenerationSummary | undefined, milliseconds: number): string {
  if (!summary || summary.texts === 0) return 'No texts.';
  const { texts, generatedTokens, encoder, countedSpeedup } = summary;
  return [
    `${plural(texts, 'text')} in ${duration(milliseconds)}: ${plural(generatedTokens, 'token')}`,
    `${rate((1000 * generatedTokens) / milliseconds)} tokens/s`,
    `mean exit layer ${encoder.meanExitLayer.toFixed(2)} of ${encoder.layers}`,
    `counted speed-up ${encoder.countedSpeedup.toFixed(2)}x of the encoder`,
    `${countedSpeedup.toFixed(2)}x with the decoder`,
  ].join(', ');
}
