import type { HashProgress } from '@hashee/hash';
import type { ProgressDisplay } from '@hashee/terminal';
import { plural } from '@hashee/terminal';

/** Shows the progress of a hash. */
export function hashProgress(progress: ProgressDisplay): (event: HashProgress) => void {
  return (event) => {
    if (event.status === 'reading')
      progress.update({ done: event.sequences, text: `${event.corpus} texts, ${plural(event.tokens, 'token')}` });
    else {
      const { restart, restarts, iteration } = event;
      progress.update({ done: restart, text: `of ${restarts} clusterings, iteration ${iteration}` });
    }
  };
}
