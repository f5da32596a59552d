import type { Backend } from '@hashee/core';
import { compareTimings, interleave, type Timing } from '@hashee/eval';
import { type OpenSide, openSide, type SideSettings, type Work } from './open-side.js';
import type { BenchCell, Side } from './report.js';

export interface CellSettings extends Omit<SideSettings, 'dense'> {
  /** Computes the last layer of the dense model in full; absent where the runtime has no such choice. */
  readonly fullBackend: Backend | undefined;
  readonly threads: number;
  readonly rounds: number;
  readonly warmup: number;
  /** After every slice of a side. */
  readonly onRun: (name: string) => void;
}

/** Loads all sides, lets them take turns slice by slice, and frees them again. */
export async function measureCell(settings: CellSettings): Promise<BenchCell & { readonly dtype: string }> {
  const { threads, rounds, warmup, batchSize, slices, signal, onRun, texts, model } = settings;
  const sides: OpenSide[] = [];
  try {
    const { fullBackend } = settings;
    for (const dense of [true, false]) sides.push(await openSide({ ...settings, dense }));
    if (fullBackend) sides.push(await openSide({ ...settings, dense: true, backend: fullBackend }));
    const works = sides.map((): Work[] => []);
    const contenders = sides.map((side, index) => ({
      name: ['dense', 'exits', 'full'][index],
      run: async (slice: number) => {
        works[index][slice] = await side.run(slice, signal);
      },
    }));
    const options = { rounds, warmup, slices: slices.length, signal };
    const timings = await interleave(contenders, { ...options, onRun: ({ name }) => onRun(name) });
    const totals = works.map(total);
    const [dense, exits, full] = timings.map((timing, index) => sideOf(timing, totals[index], texts.length));
    const exitLayers = model.config.layers / exits.meanExitLayer;
    const speedup = {
      ...compareTimings(timings[0], timings[1]),
      ofMedians: dense.median / exits.median,
      ofMinima: dense.minimum / exits.minimum,
      cpu: dense.cpu / exits.cpu,
    };
    return {
      threads,
      batchSize,
      slices: slices.length,
      dense,
      exits,
      ...(full ? { full, speedupOverFull: compareTimings(timings[2], timings[1]) } : {}),
      speedup,
      counted: { exitLayers, macs: dense.macs / exits.macs, macsOfFullDense: totals[1].denseMacs / exits.macs },
      shareOfExitLayers: speedup.median / exitLayers,
      dtype: sides[0].dtype,
    };
  } finally {
    for (const side of sides) await side.dispose();
  }
}

function sideOf({ milliseconds, median, minimum, cpuMedian }: Timing, work: Work, sequences: number): Side {
  return {
    milliseconds,
    median: median / sequences,
    minimum: minimum / sequences,
    cpu: cpuMedian / sequences,
    sequencesPerSecond: (1000 * sequences) / median,
    meanExitLayer: work.exitLayers / work.tokens,
    macs: work.macs,
  };
}

function total(works: readonly Work[]): Work {
  return works.reduce((sum, work) => ({
    tokens: sum.tokens + work.tokens,
    exitLayers: sum.exitLayers + work.exitLayers,
    macs: sum.macs + work.macs,
    denseMacs: sum.denseMacs + work.denseMacs,
  }));
}
