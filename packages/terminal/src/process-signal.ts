import { INTERRUPTS, Interrupted, OutputClosed } from './exit-code.js';

/**
 * The signal of this process: aborted at the first Ctrl-C with `Interrupted`, when the reader of stdout has seen enough with
 * `OutputClosed`, or with the error of a stdout that breaks. A second Ctrl-C ends the process.
 */
export function processSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of Object.keys(INTERRUPTS) as (keyof typeof INTERRUPTS)[])
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(INTERRUPTS[signal]);
      controller.abort(new Interrupted(signal));
    });
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    controller.abort(error.code === 'EPIPE' ? new OutputClosed() : error);
  });
  process.stderr.on('error', () => {});
  return controller.signal;
}
