import type { ProgressDisplay } from '@hashee/terminal';
import { duration, paintFor, rate } from '@hashee/terminal';
import type { TrainEvent } from '@hashee/train';
import type { Context } from '../../context.js';

/** What a run is shown on. */
export interface EventDisplay {
  readonly progress: ProgressDisplay;
  readonly context: Context;
  readonly quiet: boolean;
  /** Texts of one update. */
  readonly batchTexts: number;
}

/** Weight of the newest step in the shown loss and rate. */
const NEWEST = 0.1;

/** Shows steps as a progress line with loss, rate and remaining time, and each evaluation as a line of its own. */
export function showEvents({ progress, context, quiet, batchTexts }: EventDisplay): (event: TrainEvent) => void {
  const { stderr, env } = context;
  const paint = paintFor(stderr, env);
  let loss: number | undefined;
  let secondsPerStep: number | undefined;
  let last: number | undefined;
  const mix = (old: number | undefined, value: number): number =>
    old === undefined ? value : (1 - NEWEST) * old + NEWEST * value;
  const write = (line: string): void => {
    progress.clear();
    stderr.write(`${line}\n`);
  };
  return (event) => {
    if (event.type === 'step') {
      loss = mix(loss, event.loss);
      if (last !== undefined) secondsPerStep = mix(secondsPerStep, event.seconds - last);
      last = event.seconds;
      const parts = [
        `epoch ${event.epoch.toFixed(2)}`,
        `loss ${loss.toFixed(4)}`,
        ...(secondsPerStep ? [`${rate(batchTexts / secondsPerStep)} texts/s`] : []),
        `${duration(1000 * event.remainingSeconds)} left`,
      ];
      progress.update({ done: event.step, total: event.steps, text: parts.join(', ') });
      return;
    }
    // Time that an evaluation takes is not a slow step.
    last = undefined;
    if (event.type === 'teacher')
      progress.update({ done: event.done, total: event.total, text: 'texts answered by the teacher' });
    if (quiet) return;
    if (event.type === 'start' && event.resumedFrom > 0)
      write(`Going on after update ${event.resumedFrom} of ${event.steps}.`);
    if (event.type === 'evaluation') {
      const metrics = Object.entries(event.metrics).map(([name, value]) => `${name} ${value.toFixed(4)}`);
      write([`epoch ${event.epoch.toFixed(2)}`, `loss ${event.loss.toFixed(4)}`, ...metrics].join('  '));
    }
    if (event.type === 'best') write(paint('green', `  best so far, at update ${event.step}`));
    if (event.type === 'end' && event.stopped === 'patience') write('Stopped: no better evaluation for a while.');
  };
}
