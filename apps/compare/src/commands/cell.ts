import { assertWritable } from '@hashee/eval/files';
import { createProgress } from '@hashee/terminal';
import type { Context } from '../context.js';
import type { CellResult } from '../results/cell-result.js';
import { readCell, writeCell } from '../results/result-files.js';
import { FreshTraining } from '../run/fresh-training.js';
import { runCell } from '../run/run-cell.js';
import { forgetTraining } from '../run/run-grid.js';
import { type CellOptions, openGrid } from './grid-options.js';
import { showCell } from './run.js';

/** Makes one cell again and says how it compares with the result that is there. */
export async function remakeCell(path: string, id: string, options: CellOptions, context: Context): Promise<void> {
  const { signal, stderr, stdout } = context;
  const { workshop, output, threads, cells } = await openGrid(path, options, context, id);
  const planned = cells.find((each) => each.cell.id === id)!;
  const { cell } = planned;
  const before = await readCell(output, id);
  await assertWritable(options.work);
  if (options.keep || !before) await assertWritable(output);
  const fresh = options.fresh ? await FreshTraining.begin(cell, workshop, options.work, signal) : undefined;
  const progress = await createProgress(stderr, id, options.quiet);
  try {
    const backend = await context.createBackend(threads);
    const onEvent = (event: Parameters<typeof showCell>[0]): void => showCell(event, progress);
    const directory = fresh?.directory;
    const result = await runCell(cell, workshop, { backend, threads, directory, signal, onEvent });
    progress.stop();
    const written = (options.keep ?? false) || !before;
    if (written) {
      await fresh?.keep();
      await writeCell(output, result);
    }
    const made = written || planned.result ? { ...planned, result } : planned;
    if (!workshop.grid.keepModels && made.result)
      await forgetTraining(
        cell,
        cells.map((each) => (each === planned ? made : each)),
        workshop,
      );
    stdout.write(`${compared(result, before).join('\n')}\n`);
  } finally {
    progress.stop();
    await fresh?.remove();
  }
}

function compared(result: CellResult, before: CellResult | undefined): string[] {
  return result.chosen.map(({ target, quality, speedup, reached }) => {
    const old = before?.chosen.find((each) => each.target === target);
    const now = `${target}x${reached ? '' : ' (not reached)'}: ${(100 * quality).toFixed(2)} at ${speedup.toFixed(3)}x`;
    if (!old) return now;
    const same = old.quality === quality && old.speedup === speedup;
    return `${now}; the result there: ${(100 * old.quality).toFixed(2)} at ${old.speedup.toFixed(3)}x${same ? ', the same' : ''}`;
  });
}
