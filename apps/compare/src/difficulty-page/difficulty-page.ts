import type { StudyPart, StudySummary } from '@hashee/difficulty/results';

/** What the page carries. */
export interface DifficultyPage {
  readonly summary: StudySummary;
  /** What the study's publication says, by part. */
  readonly reported: Readonly<Record<StudyPart, string>>;
}
