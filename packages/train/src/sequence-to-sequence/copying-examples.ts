import { HasheeError, Random, type SequenceToSequenceExample, type TokenSequence } from '@hashee/core';

export interface CopyingExamplesOptions {
  /** How many examples. */
  readonly count: number;
  /** Least and most tokens that are shown of a source, without its first and last. @default [16, 64] */
  readonly shown?: readonly [least: number, most: number] | undefined;
  /** Least and most tokens that are to be copied. @default [6, 24] */
  readonly copied?: readonly [least: number, most: number] | undefined;
  /** @default 1 */
  readonly seed?: number | undefined;
}

/**
 * Teaches a new decoder to read before it is to summarise, which few summaries don't: spans of texts as sources, and a part of the
 * span as output, a little more often its start than another part. The texts need no summaries.
 * @param sources each with a special token before and after its text. The first is what the decoder is given first, the last ends the
 * outputs too
 * @throws HasheeError `INVALID_ARGUMENT`
 */
export function copyingExamples(
  sources: readonly Pick<TokenSequence, 'inputIds'>[],
  { count, shown = [16, 64], copied = [6, 24], seed = 1 }: CopyingExamplesOptions,
): SequenceToSequenceExample[] {
  if (!(Number.isSafeInteger(count) && count >= 1)) refuse(`count takes an integer from 1, got ${count}`, { count });
  for (const [name, [least, most]] of Object.entries({ shown, copied }))
    if (!(Number.isSafeInteger(least) && Number.isSafeInteger(most) && least >= 1 && least <= most))
      refuse(`${name} takes two integers from 1, the least and the most, got ${least} and ${most}`, {
        [name]: [least, most],
      });
  const texts = sources.filter(({ inputIds }) => inputIds.length > 2);
  if (texts.length === 0) refuse('no source has a token between its first and its last', {});
  const random = Random.stream(seed, 0x636f7079);
  const between = ([least, most]: readonly [number, number]): number => least + random.below(most - least + 1);
  return Array.from({ length: count }, () => {
    const ids = Array.from(texts[random.below(texts.length)].inputIds);
    const [first, last] = [ids[0], ids[ids.length - 1]];
    const length = Math.min(ids.length - 2, between(shown));
    const at = 1 + random.below(ids.length - 2 - length + 1);
    const span = ids.slice(at, at + length);
    const wanted = Math.min(length, between(copied));
    const from = random.uniform() < 0.5 ? 0 : random.below(length - wanted + 1);
    return {
      inputIds: Int32Array.from([first, ...span, last]),
      labels: Int32Array.from([...span.slice(from, from + wanted), last]),
    };
  });
}

function refuse(problem: string, fields: Readonly<Record<string, unknown>>): never {
  throw new HasheeError('INVALID_ARGUMENT', `copyingExamples(): ${problem}.`, { fields });
}
