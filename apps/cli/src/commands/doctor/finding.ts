/**
 * - `ok`: works.
 * - `note`: worth knowing; nothing is wrong.
 * - `missing`: something optional isn't there.
 * - `broken`: nothing works without it.
 */
export type FindingStatus = 'ok' | 'note' | 'missing' | 'broken';

/** What was found about one thing. */
export interface Finding {
  readonly name: string;
  readonly status: FindingStatus;
  readonly text: string;
  /** What to do about it. */
  readonly fix?: string | undefined;
}
