import type { Summary } from './summary.js';

/** Why all scores flatter, for tables and page. */
export function chosenOnDev({ epochsChosen }: Pick<Summary, 'epochsChosen'>): string {
  const epochs = epochsChosen ? ', and so was the best epoch of each training' : '';
  return `settings were chosen on that same dev set for each speed-up${epochs}, so all scores flatter, and those with many settings to choose from most.`;
}
