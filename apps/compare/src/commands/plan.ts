import { duration, plural } from '@hashee/terminal';
import type { Context } from '../context.js';
import { secondsFor } from '../plan/effort.js';
import { remainingSeconds } from '../plan/planned-cell.js';
import { type GridOptions, openGrid } from './grid-options.js';

export async function plan(path: string, options: GridOptions, context: Context): Promise<void> {
  const { chosen } = await openGrid(path, options, context);
  const done = chosen.flatMap(({ result }) => (result ? [result] : []));
  const width = Math.max(...chosen.map(({ cell }) => cell.id.length));
  for (const { cell, result, stale, effort } of chosen) {
    const state = result
      ? `done in ${duration(1000 * result.seconds)}`
      : `about ${duration(1000 * secondsFor(effort, done))}${stale ? ', as its result is of other settings' : ''}`;
    context.stdout.write(`${cell.id.padEnd(width)}  ${state}\n`);
  }
  const missing = chosen.length - done.length;
  const rest = missing > 0 ? `, about ${duration(1000 * remainingSeconds(chosen))}` : '';
  context.stdout.write(`${plural(chosen.length, 'cell')}, ${missing} to make${rest}\n`);
}
