import type { CellResult, ChosenPoint, Comparison } from '../src/index.js';

/** A result with the numbers that a test is about. */
export function cellOf(
  method: string,
  seed: number,
  points: readonly {
    readonly target: number;
    readonly quality: number;
    readonly speedup: number;
    readonly reached?: boolean;
    /** Of turns, when it was timed. */
    readonly pairs?: number;
  }[],
  more: Partial<CellResult> = {},
): CellResult {
  const chosen = points.map(
    ({ target, quality, speedup, reached = true, pairs = 10 }): ChosenPoint => ({
      ...{ target, quality, speedup, reached },
      setting: more.knob === undefined ? null : target / 10,
      metrics: { accuracy: quality },
      meanExit: 6 / speedup,
      batched: { batchSize: 32, sequences: 1000, seconds: 1, speedup },
      single: { sequences: 100, seconds: 1, speedup: speedup * 1.1, quality },
      latency: [1, 8, 64].map((batchSize) => ({
        batchSize,
        threads: 1,
        sequencesPerSecond: 100,
        milliseconds: { p50: 1, p90: 2, p95: 3, p99: 4 },
        // Tokens that leave gain with the batch, sequences that leave lose.
        speedup: {
          median: method.startsWith('hashee') ? speedup * (0.5 + batchSize / 100) : speedup * (0.8 - batchSize / 400),
          low: 1,
          high: 5,
          level: 0.95,
          pairs,
        },
      })),
    }),
  );
  return {
    format: 'hashee-comparison-cell',
    version: 1,
    id: `sst-2.${method}.${points[0].target}x.seed-${seed}`,
    task: 'sst-2',
    ...{ method, title: method, seed },
    family:
      method === 'dense'
        ? 'dense'
        : method.startsWith('hashee')
          ? 'hash'
          : method === 'first-layers'
            ? 'static'
            : 'exit',
    source: 'a paper',
    layers: 6,
    fingerprint: 'a'.repeat(64),
    data: { train: 8000, dev: 1000, devTokens: 25_000 },
    recipe: { epochs: 4 },
    parameters: {},
    stages: [{ name: 'dense', seconds: 10, updates: 100, best: 0.9 }],
    curve: chosen.map(({ setting, quality, metrics, speedup, meanExit }) => ({
      setting,
      quality,
      metrics,
      speedup,
      meanExit,
    })),
    chosen,
    ...(method.startsWith('hashee')
      ? {
          tokensByLayer: [50, 20, 10, 5, 5, 10],
          sentences: [
            {
              target: points[0].target,
              tokens: ['[CLS]', 'a', 'film', '##s', '[SEP]'],
              layers: [6, 1, 2, 3, 6],
              label: 'positive',
              answer: 'negative',
            },
          ],
        }
      : {}),
    effort: 1e12,
    seconds: 60,
    date: '2026-11-22T20:00:00.000Z',
    machine: { processor: 'a processor', cores: 2, memoryBytes: 1e9, platform: 'linux x64', node: '20.20.2', load: 0 },
    ...more,
  };
}

export function comparisonOf(cells: readonly CellResult[], title = 'A comparison'): Comparison {
  return {
    format: 'hashee-comparison',
    version: 1,
    title,
    date: '2026-11-22T20:00:00.000Z',
    grid: { recipe: { epochs: 4 } },
    planned: [...cells.map(({ id }) => id), 'sst-2.pabee.seed-1'],
    cells,
  };
}

/** Two seeds of a dense model, HashEE at 2x and 3x, the first k layers and an exit method. */
export function exampleCells(): CellResult[] {
  return [1, 2].flatMap((seed) => {
    const shift = seed === 1 ? 0.002 : -0.002;
    return [
      cellOf('dense', seed, [{ target: 1, quality: 0.9 + shift, speedup: 1 }]),
      cellOf('hashee-frequency', seed, [{ target: 2, quality: 0.88 + shift, speedup: 2 }]),
      cellOf('hashee-frequency', seed, [{ target: 3, quality: 0.86 + shift, speedup: 3 }]),
      cellOf('first-layers', seed, [{ target: 2, quality: 0.84 + shift, speedup: 2 }]),
      cellOf('first-layers', seed, [{ target: 3, quality: 0.8 + shift, speedup: 4 }]),
      cellOf(
        'deebert',
        seed,
        [
          { target: 2, quality: 0.92 + shift, speedup: 2.1 },
          { target: 3, quality: 0.7, speedup: 2.5, reached: false },
        ],
        { knob: 'threshold', id: `sst-2.deebert.seed-${seed}` },
      ),
    ];
  });
}
