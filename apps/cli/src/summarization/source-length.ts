import type { SequenceToSequence } from '@hashee/checkpoint';

/** Tokens of a source that are read: as asked, else as many as a model of `hashee train` learned from, else all that it takes. */
export function sourceLength(
  { maxLength }: { readonly maxLength?: number | undefined },
  { metadata, config }: Pick<SequenceToSequence, 'metadata' | 'config'>,
): number {
  const longest = config.encoder.maxLength;
  const recipe = metadata?.training?.['recipe'] as Readonly<Record<string, unknown>> | null | undefined;
  const learned = Number(recipe?.['maxSource']);
  return maxLength ?? (Number.isSafeInteger(learned) && learned >= 3 && learned <= longest ? learned : longest);
}
