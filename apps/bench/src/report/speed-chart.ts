import { renderSvg, type TopLevelSpec } from '@hashee/eval/plots';
import type { PeersReport } from './report.js';

/**
 * Sequences a second of every row, a panel for each setting.
 * @returns SVG
 * @throws HasheeError `MISSING_DEPENDENCY`
 */
export function speedChart(reports: readonly PeersReport[]): Promise<string> {
  const values = reports.flatMap(({ model, task, rows, cells }) =>
    cells.flatMap(({ threads, workers, batchSize, order, rows: results }) =>
      results.map(({ row, sequencesPerSecond, overDense }) => ({
        setting: `${model.name}, ${task}, ${order}: ${workers === undefined ? `${threads} ${threads === 1 ? 'thread' : 'threads'}` : `${workers} workers`}, batches of ${batchSize}`,
        row,
        computes: rows.find(({ name }) => name === row)?.computes === 'exits' ? 'exits' : 'all layers',
        sequencesPerSecond,
        label: overDense.fp32 ? `${overDense.fp32.median.toFixed(1)}x` : '',
      })),
    ),
  );
  const y = { field: 'row', type: 'nominal', sort: null, title: null, axis: { labelLimit: 200 } } as const;
  const x = { field: 'sequencesPerSecond', type: 'quantitative', title: 'sequences a second' } as const;
  const bars = {
    mark: { type: 'bar' },
    encoding: { y, x, color: { field: 'computes', type: 'nominal', sort: ['all layers', 'exits'], title: null } },
  };
  const labels = {
    mark: { type: 'text', align: 'left', dx: 4 },
    encoding: { y, x, text: { field: 'label', type: 'nominal' } },
  };
  const specification = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    data: { values },
    facet: {
      row: {
        field: 'setting',
        type: 'nominal',
        sort: null,
        title: null,
        header: { labelAngle: 0, labelOrient: 'top', labelAnchor: 'start' },
      },
    },
    spec: { width: 480, height: { step: 20 }, layer: [bars, labels] },
    resolve: { scale: { x: 'independent', y: 'independent' } },
  };
  return renderSvg(specification as unknown as TopLevelSpec, {});
}
