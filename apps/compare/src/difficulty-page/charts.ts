import type { BitsSummary, ExitsSummary, HumanSummary } from '@hashee/difficulty/results';
import type { TopLevelSpec } from 'vega-lite';

const SIZE = { width: 620, height: 320 } as const;
const COLOURS = 8;
const SHAPES = ['circle', 'square', 'triangle-up', 'diamond', 'cross', 'triangle-down', 'triangle-right'];

/** Colour and shape by name: the style sheet has the colours for light and dark. */
function series(titles: readonly string[], field: string): { readonly color: object; readonly shape: object } {
  const colours = titles.map((_, index) => `var(--series-${(index % COLOURS) + 1})`);
  const shapes = titles.map((_, index) => SHAPES[index % SHAPES.length]);
  return {
    color: { field, type: 'nominal', title: null, scale: { domain: [...titles], range: colours } },
    shape: { field, type: 'nominal', title: null, scale: { domain: [...titles], range: shapes } },
  };
}

function accuracyAxis(title: string): object {
  return { type: 'quantitative', title, scale: { zero: false, padding: 10 } };
}

/** Accuracy by epoch, beside what the more frequent class gives. */
export function epochChart({ epochs, majority }: HumanSummary): TopLevelSpec {
  const values = epochs.flatMap(({ epoch, train, dev }) =>
    [['training pairs', train] as const, ['other pairs', dev] as const].map(([pairs, { mean, standardDeviation }]) => ({
      epoch,
      pairs,
      accuracy: 100 * mean,
      low: 100 * (mean - standardDeviation),
      high: 100 * (mean + standardDeviation),
    })),
  );
  const { color } = series(['training pairs', 'other pairs'], 'pairs');
  const x = { field: 'epoch', type: 'ordinal', title: 'epoch', axis: { labelAngle: 0 } } as const;
  const y = { field: 'accuracy', ...accuracyAxis('right, per cent') } as const;
  return {
    ...SIZE,
    layer: [
      {
        data: { values: [{ accuracy: 100 * majority.dev }] },
        mark: { type: 'rule', strokeDash: [5, 4], color: 'var(--quiet)' },
        encoding: { y },
      },
      { data: { values }, mark: { type: 'line', point: true }, encoding: { x, y, color } },
      {
        data: { values },
        mark: { type: 'rule', opacity: 0.6 },
        encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color },
      },
    ],
  } as unknown as TopLevelSpec;
}

/** Accuracy of the predictors at each layer, above or below what is more frequent there. */
export function layersChart({ predictors }: BitsSummary): TopLevelSpec | undefined {
  const majority = predictors.find(({ name }) => name === 'majority');
  if (!majority) return undefined;
  const shown = predictors.filter(({ name }) => name !== 'random' && name !== 'majority');
  const values = shown.flatMap(({ title, layerAccuracy }) =>
    layerAccuracy.map(({ mean }, index) => ({
      predictor: title,
      layer: index + 1,
      points: 100 * (mean - majority.layerAccuracy[index].mean),
    })),
  );
  const { color, shape } = series(
    shown.map(({ title }) => title),
    'predictor',
  );
  const x = { field: 'layer', type: 'ordinal', title: 'layer', axis: { labelAngle: 0 } } as const;
  const y = { field: 'points', type: 'quantitative', title: 'points over the majority' } as const;
  return {
    ...SIZE,
    layer: [
      {
        data: { values: [{ points: 0 }] },
        mark: { type: 'rule', strokeDash: [5, 4], color: 'var(--quiet)' },
        encoding: { y },
      },
      { data: { values }, mark: { type: 'line', opacity: 0.7 }, encoding: { x, y, color } },
      {
        data: { values },
        mark: { type: 'point', filled: true, size: 60 },
        encoding: { x, y, color, shape, tooltip: [{ field: 'predictor' }, { field: 'points', format: '.1f' }] },
      },
    ],
  } as unknown as TopLevelSpec;
}

/** Accuracy against counted speed-up: all settings, a line for each seed, and as points those chosen on dev. */
export function exitsChart({ methods }: ExitsSummary): TopLevelSpec {
  const titles = methods.map(({ title }) => title);
  const curves = methods.flatMap(({ title, curves: of }) =>
    of.flatMap((curve, seed) =>
      curve.map(({ speedup, accuracy }) => ({ method: title, seed, speedup, accuracy: 100 * accuracy })),
    ),
  );
  const chosen = methods.flatMap(({ title, points }) =>
    points.map(({ speedup, accuracy }) => ({ method: title, speedup: speedup.mean, accuracy: 100 * accuracy.mean })),
  );
  const { color, shape } = series(titles, 'method');
  const x = {
    field: 'speedup',
    type: 'quantitative',
    title: 'times less work than dense',
    scale: { type: 'log', base: 2, nice: false, padding: 14 },
  } as const;
  const y = { field: 'accuracy', ...accuracyAxis('right, per cent') } as const;
  return {
    ...SIZE,
    height: 400,
    layer: [
      {
        data: { values: curves },
        mark: { type: 'line', opacity: 0.45, order: false },
        encoding: { x, y, color, detail: { field: 'seed' }, order: { field: 'speedup' } },
      },
      {
        data: { values: chosen },
        mark: { type: 'point', filled: true, size: 90 },
        encoding: {
          ...{ x, y, color, shape },
          tooltip: [{ field: 'method' }, { field: 'accuracy', format: '.1f' }, { field: 'speedup', format: '.2f' }],
        },
      },
    ],
  } as unknown as TopLevelSpec;
}

/** How many exit where they did in training. */
export function consistencyChart({ consistency }: ExitsSummary): TopLevelSpec {
  const values = consistency.flatMap(({ title, sameInstance, sameType }) => [
    { method: title, what: 'same type of token', share: 100 * sameType.mean },
    ...sameInstance
      .slice(0, 1)
      .map(({ share }) => ({ method: title, what: 'same instance, first look', share: 100 * share.mean })),
  ]);
  const { color } = series(['same type of token', 'same instance, first look'], 'what');
  return {
    ...SIZE,
    height: 60 * consistency.length,
    data: { values },
    mark: { type: 'bar' },
    encoding: {
      y: { field: 'method', type: 'nominal', title: null, sort: null, axis: { labelLimit: 260 } },
      yOffset: { field: 'what' },
      x: {
        field: 'share',
        type: 'quantitative',
        title: 'exit at the same layer, per cent',
        scale: { domain: [0, 100] },
      },
      color,
    },
  } as unknown as TopLevelSpec;
}
