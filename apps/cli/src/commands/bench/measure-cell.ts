import { interleave, type Timing } from '@hashee/eval';
import { type OpenSide, openSide, type SideSettings, type Work } from './open-side.js';
import type { BenchCell, Side } from './report.js';

export interface CellSettings extends Omit<SideSettings, 'dense'> {
  readonly threads: number;
  readonly rounds: number;
  readonly warmup: number;
  /** After every run of a side. */
  readonly onRun: (name: string) => void;
}

/** Loads both sides, lets them take turns, and frees them again. */
export async function measureCell(settings: CellSettings): Promise<BenchCell & { readonly dtype: string }> {
  const { threads, rounds, warmup, batchSize, signal, onRun, texts, model } = settings;
  const sides: OpenSide[] = [];
  try {
    for (const dense of [true, false]) sides.push(await openSide({ ...settings, dense }));
    const works: Work[] = [];
    const contenders = sides.map((side, index) => ({
      name: ['dense', 'exits'][index],
      run: async () => {
        works[index] = await side.run(signal);
      },
    }));
    const timings = await interleave(contenders, { rounds, warmup, signal, onRun: ({ name }) => onRun(name) });
    const [dense, exits] = timings.map((timing, index) => sideOf(timing, works[index], texts.length));
    const exitLayers = model.config.layers / exits.meanExitLayer;
    const speedup = {
      median: dense.median / exits.median,
      minimum: dense.minimum / exits.minimum,
      cpu: dense.cpu / exits.cpu,
    };
    return {
      threads,
      batchSize,
      dense,
      exits,
      speedup,
      counted: { exitLayers, macs: dense.macs / exits.macs, macsOfFullDense: works[1].denseMacs / exits.macs },
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
    meanExitLayer: work.meanExitLayer,
    macs: work.macs,
  };
}
