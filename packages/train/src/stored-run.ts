import { RunDirectory } from './run-directory.js';

/** True where the folder holds a checkpoint that `train` or `adapt` can go on from. @throws HasheeError `IO` */
export async function holdsRun(directory: string): Promise<boolean> {
  return RunDirectory.holdsRun(directory);
}

/**
 * Removes what a run keeps in its folder: log, checkpoint, the teacher's answers, and what a crash left of them. The folder
 * itself goes where nothing else is in it. Does nothing where there is none.
 * @throws HasheeError `INVALID_ARGUMENT` where a run is at work there, `IO`
 */
export async function removeRun(directory: string): Promise<void> {
  await RunDirectory.remove(directory);
}
