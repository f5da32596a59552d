import { loadTask } from '@hashee/eval';
import type { StudyPart } from '../results/result.js';
import { digestOf } from './study-context.js';

/** What each part reads. */
const TASKS = {
  human: ['snli-human-difficulty'],
  sentence: ['snli'],
  given: ['snli-model-difficulty'],
  token: ['wnut17-ner'],
  exits: ['snli'],
} as const satisfies Record<StudyPart, readonly string[]>;

/**
 * Says what the data of a part is, by a digest. Each task is read once, however many parts and seeds it serves.
 * @throws HasheeError as `loadTask`
 */
export function dataDigests(directory: string, signal?: AbortSignal): (part: StudyPart) => Promise<string> {
  const known = new Map<string, string>();
  return async (part) => {
    for (const name of TASKS[part]) {
      if (known.has(name)) continue;
      const { train, dev } = await loadTask(name, { directory, signal });
      known.set(name, digestOf([name, train.labels, train.examples, dev.examples]));
    }
    return digestOf(TASKS[part].map((name) => known.get(name)));
  };
}
