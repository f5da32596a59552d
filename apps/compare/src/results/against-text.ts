import type { SummaryOverall } from './summary.js';
import type { Verdict } from './verdict.js';

type Against = NonNullable<SummaryOverall['rows'][number]['against']>;

/** What a table shows behind the three numbers. */
const BESIDE: readonly (readonly [verdict: Verdict, text: string])[] = [
  ['other too slow', 'too slow'],
  ['other faster', 'faster'],
  ['own too slow', 'HashEE too slow'],
  ['own faster', 'HashEE faster'],
];

/** `2 / 1 / 0, 1 too slow`; nothing where there is nothing to compare. */
export function againstText(against: Against | undefined): string {
  if (!against) return '';
  const three = (['ahead', 'level', 'behind'] as const).map((side) => against[side] ?? 0).join(' / ');
  return [three, ...BESIDE.flatMap(([verdict, text]) => (against[verdict] ? `${against[verdict]} ${text}` : []))].join(
    ', ',
  );
}

/** Below the tables of all tasks. */
export const AGAINST_MEANS =
  '"HashEE against it": on how many tasks HashEE (frequency) is ahead of, level with and behind the method. Counted beside them, not among them: where only one of both is fast enough ("too slow"), and where the one that scores less is so much faster that they are not comparable ("faster").';
