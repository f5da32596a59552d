import { HasheeError } from '@hashee/core';
import { assertWritable } from '@hashee/eval/files';
import type { Context } from '../context.js';
import type { CellResult } from '../results/cell-result.js';
import { readCell, writeCell } from '../results/result-files.js';
import { runCell } from '../run/run-cell.js';
import { createProgress } from '../terminal/progress.js';
import { type CellOptions, openGrid } from './grid-options.js';
import { showCell } from './run.js';

/** Makes one cell again and says how it compares with the result that is there. */
export async function remakeCell(path: string, id: string, options: CellOptions, context: Context): Promise<void> {
  const { signal, stderr, stdout } = context;
  const { workshop, output, threads, cells } = await openGrid(path, options, context);
  const planned = cells.find(({ cell }) => cell.id === id);
  if (!planned)
    throw new HasheeError('INVALID_ARGUMENT', `The grid has no cell ${id}. \`hashee-compare plan\` lists them.`, {
      fields: { id },
    });
  const before = await readCell(output, id);
  if (options.fresh) await workshop.forget(planned.cell);
  await assertWritable(options.work);
  if (options.keep || !before) await assertWritable(output);
  const progress = await createProgress(stderr, id, options.quiet);
  try {
    const backend = await context.createBackend(threads);
    const onEvent = (event: Parameters<typeof showCell>[0]): void => showCell(event, progress);
    const result = await runCell(planned.cell, workshop, { backend, threads, signal, onEvent });
    progress.stop();
    if (!workshop.grid.keepModels && planned.result) await workshop.forget(planned.cell);
    if (options.keep || !before) await writeCell(output, result);
    stdout.write(`${compared(result, before).join('\n')}\n`);
  } finally {
    progress.stop();
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
