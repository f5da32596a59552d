import type { HasheeError } from '@hashee/core';
import { holdsRun } from '@hashee/train';

/**
 * What to say of a run that was stopped.
 * @param restart the command was told to forget an earlier run, and would forget this one
 * @throws HasheeError `IO`
 */
export async function stoppedNotice(error: HasheeError, runDirectory: string, restart: boolean): Promise<string> {
  // A run that goes on can be stopped before it is read: it is still there. One that is forgotten doesn't count.
  const saved = error.fields['checkpoint'] !== undefined || (!restart && (await holdsRun(runDirectory)));
  if (!saved) return 'Stopped before there was anything to save.';
  const next = restart ? 'Run it again without --restart to go on.' : 'The same command goes on from there.';
  return `Stopped; the run is saved in ${runDirectory}. ${next}`;
}
