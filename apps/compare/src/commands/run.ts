import { assertWritable } from '@hashee/eval/files';
import { createProgress, duration, type ProgressDisplay, plural } from '@hashee/terminal';
import type { Context } from '../context.js';
import type { CellEvent } from '../run/run-cell.js';
import { type GridEvent, runGrid } from '../run/run-grid.js';
import { type GridOptions, openGrid } from './grid-options.js';

export async function run(path: string, options: GridOptions, context: Context): Promise<void> {
  const { signal, stderr, stdout } = context;
  const { workshop, output, threads, cells, chosen } = await openGrid(path, options, context);
  for (const folder of [output, options.work]) await assertWritable(folder);
  const progress = await createProgress(stderr, 'Cell', options.quiet);
  try {
    const backend = await context.createBackend(threads);
    const onEvent = (event: GridEvent): void => show(event, progress, context, options.quiet ?? false);
    const comparison = await runGrid(cells, chosen, workshop, { output, backend, threads, signal, onEvent });
    progress.stop();
    const { planned, cells: finished } = comparison;
    stdout.write(`${finished.length} of ${plural(planned.length, 'cell')} in ${output}\n`);
  } finally {
    progress.stop();
  }
}

function show(event: GridEvent, progress: ProgressDisplay, { stderr }: Context, quiet: boolean): void {
  if (event.type === 'cell') {
    showCell(event.event, progress);
    return;
  }
  progress.clear();
  if (quiet) return;
  if (event.type === 'begin') {
    const left = duration(1000 * event.remainingSeconds);
    stderr.write(`[${event.index + 1}/${event.total}, about ${left} left] ${event.cell.id}\n`);
    return;
  }
  const reached = event.result.chosen.map(
    ({ target, reached, quality, speedup }) =>
      `${target}x: ${reached ? (100 * quality).toFixed(1) : 'not reached'} (${speedup.toFixed(2)}x)`,
  );
  stderr.write(`  ${reached.join(', ')}; ${duration(1000 * event.result.seconds)}\n`);
}

/** Also for `cell`. */
export function showCell(event: CellEvent, progress: ProgressDisplay): void {
  if (event.type === 'training')
    progress.update({ done: event.done, total: event.total, text: `${event.stage}, loss ${event.loss.toFixed(3)}` });
  else progress.update({ done: 0, text: event.what });
}
