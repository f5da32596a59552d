import { renderSvg, type TopLevelSpec } from '@hashee/eval/plots';
import type { BenchCell, PeersReport } from './report.js';

/**
 * Sequences a second of every row, a panel for each setting; beside a bar, how many times as fast as the fastest dense fp32 row.
 * @returns SVG
 * @throws HasheeError `MISSING_DEPENDENCY`, `INVALID_ARGUMENT` (no settings were timed)
 */
export function speedChart(reports: readonly PeersReport[]): Promise<string> {
  const panels = reports.flatMap((report) => report.cells.map((cell) => panel(report, cell)));
  const specification = { $schema: 'https://vega.github.io/schema/vega-lite/v6.json', vconcat: panels };
  return renderSvg(specification as unknown as TopLevelSpec);
}

function panel({ model, task, rows }: PeersReport, cell: BenchCell): object {
  const { threads, workers, batchSize, order } = cell;
  const cores = workers === undefined ? `${threads} ${threads === 1 ? 'thread' : 'threads'}` : `${workers} workers`;
  const values = cell.rows.map(({ row, sequencesPerSecond, overDense }) => ({
    row,
    computes: rows.find(({ name }) => name === row)?.computes === 'exits' ? 'exits' : 'all layers',
    sequencesPerSecond,
    label: overDense.fp32 ? `${overDense.fp32.median.toFixed(1)}x` : '',
  }));
  const y = { field: 'row', type: 'nominal', sort: null, title: null, axis: { labelLimit: 200 } };
  const x = { field: 'sequencesPerSecond', type: 'quantitative', title: 'sequences a second' };
  const color = { field: 'computes', type: 'nominal', scale: { domain: ['all layers', 'exits'] }, title: null };
  return {
    title: { text: `${model.name}, ${task}, ${cores}, batches of ${batchSize}, ${order}`, anchor: 'start' },
    ...{ data: { values }, width: 480, height: { step: 20 } },
    layer: [
      { mark: { type: 'bar' }, encoding: { y, x, color } },
      {
        mark: { type: 'text', align: 'left', dx: 4 },
        encoding: { y, x, text: { field: 'label', type: 'nominal' } },
      },
    ],
  };
}
