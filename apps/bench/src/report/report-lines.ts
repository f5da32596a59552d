import { type Speedup, speedupInterval } from '@hashee/eval';
import { rate } from '@hashee/terminal';
import { markdownTable } from 'markdown-table';
import type { BenchCell, FreshStart, PeersReport, RowResult } from './report.js';

/** A report as Markdown: what was measured, a table for each setting, loading time and memory. */
export function reportLines(report: PeersReport): string[] {
  const { model, task, part, rounds, machine, versions, cells, fresh, date } = report;
  const buckets = model.hash.parameters['buckets'];
  return [
    `${model.name}: ${model.layers} layers, hidden size ${model.hiddenSize}; ${model.hash.name} hash${buckets === undefined ? '' : `, ${String(buckets)} buckets`}; ${task} dev texts; ${part === 'texts' ? 'texts to labels, tokenizing included' : 'batches of tokens, tokenizing left out'}.`,
    `${machine.processor}, ${machine.cores} cores, Node ${machine.node}, ${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}; up to ${rounds} rounds; ${date.slice(0, 10)}.`,
    `\`${report.command}\``,
    ...cells.flatMap((cell) => ['', ...cellLines(cell, report)]),
    ...(fresh.length > 0 ? ['', ...freshLines(fresh)] : []),
    ...report.freshSkipped.map(({ row, reason }) => `\n${row} not in a fresh process: ${reason}.`),
  ];
}

function cellLines(cell: BenchCell, { rows }: PeersReport): string[] {
  const exits = new Set(rows.filter(({ computes }) => computes === 'exits').map(({ name }) => name));
  const { threads, workers, batchSize, order, sequences, meanTokens, meanExitLayer, exitLayerSpeedup, turns } = cell;
  const cores = workers === undefined ? `${threads} ${threads === 1 ? 'thread' : 'threads'}` : `${workers} workers`;
  const head = [
    'row',
    'sequences/s',
    'ms',
    'over dense fp32',
    'over dense, same dtype',
    'counted',
    'share',
    'same labels',
  ];
  const body = cell.rows.map((row) => [
    row.row + (Object.values(cell.bestDense).includes(row.row) ? ' *' : ''),
    rate(row.sequencesPerSecond),
    row.median.toPrecision(3),
    times(row.overDense.fp32),
    times(row.overDense.same),
    row.counted === undefined ? '-' : `${row.counted.toFixed(2)}x`,
    exits.has(row.row) ? shareOf(row, exitLayerSpeedup) : '-',
    `${(100 * row.answers.equal).toFixed(1)} %`,
  ]);
  return [
    `**${cores}, batches of ${batchSize}, ${order}**: ${sequences} texts of ${meanTokens.toFixed(1)} tokens, ${cell.rows[0].rounds.length} ${cell.rows[0].rounds.length === 1 ? 'round' : 'rounds'} of ${turns} ${turns === 1 ? 'turn' : 'turns'}; mean exit layer ${meanExitLayer.toFixed(2)}, ${exitLayerSpeedup.toFixed(2)}x by exit layers`,
    '',
    ...table([head, ...body]),
    ...cell.skipped.map(({ row, reason }) => `\n${row} left out: ${reason}.`),
  ];
}

/** Wall-clock speed-up over dense of the same dtype, as a share of the one by exit layers. */
function shareOf({ overDense }: RowResult, exitLayers: number): string {
  if (!overDense.same) return '-';
  return `${((100 * overDense.same.median) / exitLayers).toFixed(0)} %`;
}

function freshLines(fresh: readonly FreshStart[]): string[] {
  const head = ['row, in a fresh process', 'load ms', 'first batch ms', 'together', 'peak MiB'];
  const body = fresh.map(({ row, loadMilliseconds, firstMilliseconds, peakMemoryBytes }) => [
    row,
    loadMilliseconds.toFixed(0),
    firstMilliseconds.toFixed(0),
    (loadMilliseconds + firstMilliseconds).toFixed(0),
    (peakMemoryBytes / 2 ** 20).toFixed(0),
  ]);
  return table([head, ...body]);
}

function times(speedup: Speedup | undefined): string {
  if (!speedup) return '-';
  const interval = speedupInterval(speedup);
  return `${speedup.median.toFixed(2)}x${interval ? ` (${interval.low.toFixed(2)}-${interval.high.toFixed(2)})` : ''}`;
}

function table(rows: readonly (readonly string[])[]): string[] {
  return markdownTable(
    rows.map((row) => [...row]),
    { align: rows[0].map((_, column) => (column === 0 ? 'l' : 'r')) },
  ).split('\n');
}
