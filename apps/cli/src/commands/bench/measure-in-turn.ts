import type { RunSummary } from '@hashee/pipeline';

/** Something that goes through all texts once. */
export interface Runner {
  run(): Promise<RunSummary>;
  dispose(): Promise<void>;
}

/** Milliseconds of the rounds. */
export interface Times {
  readonly median: number;
  readonly fastest: number;
  readonly slowest: number;
  /** In order. */
  readonly rounds: readonly number[];
}

export interface Measured {
  /** Tokenizing, computing, decoding. */
  readonly total: Times;
  /** Inside the runtime. */
  readonly compute: Times;
  /** Of the last round. */
  readonly summary: RunSummary;
}

/**
 * Lets runners take turns, so that what else happens on the machine meets all of them; every other round in the
 * opposite order. A first round of each isn't counted: in it graphs are built and memory is claimed.
 */
export async function measureInTurn(
  runners: readonly Runner[],
  rounds: number,
  onRound: (done: number, total: number) => void,
): Promise<Measured[]> {
  const total = runners.map((): number[] => []);
  const compute = runners.map((): number[] => []);
  const summaries: RunSummary[] = [];
  for (let round = 0; round <= rounds; round++) {
    const order = Array.from(runners.keys());
    if (round % 2 === 1) order.reverse();
    for (const index of order) {
      const started = performance.now();
      summaries[index] = await runners[index].run();
      if (round === 0) continue;
      total[index].push(performance.now() - started);
      compute[index].push(summaries[index].milliseconds);
    }
    onRound(round, rounds);
  }
  return runners.map((_, index) => ({
    total: times(total[index]),
    compute: times(compute[index]),
    summary: summaries[index],
  }));
}

function times(rounds: readonly number[]): Times {
  const sorted = [...rounds].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return {
    median: sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2,
    fastest: sorted[0],
    slowest: sorted[sorted.length - 1],
    rounds,
  };
}
