import { type Contender, interleave, percentiles, type Timing } from '@hashee/eval';

export interface RoundsOptions {
  readonly rounds: number;
  readonly warmup: number;
  readonly slices: number;
  /** No further round begins when so many have passed since the first. @default none */
  readonly seconds?: number | undefined;
  readonly signal: AbortSignal;
  readonly onRun: (name: string) => void;
}

/** Times contenders in turns, round by round, until all rounds are done or the time is up; one round is always done. */
export async function timeRounds(
  contenders: readonly Contender[],
  { rounds, warmup, slices, seconds = Number.POSITIVE_INFINITY, signal, onRun }: RoundsOptions,
): Promise<Timing[]> {
  const started = performance.now();
  const done: Timing[][] = contenders.map(() => []);
  const reversed = [...contenders].reverse();
  for (let round = -warmup; round < rounds; round++) {
    if (round > 0 && performance.now() - started > 1000 * seconds) break;
    const backward = round % 2 !== 0;
    const options = { rounds: 1, warmup: 0, slices, signal, onRun: ({ name }: { name: string }) => onRun(name) };
    const timings = await interleave(backward ? reversed : contenders, options);
    if (round < 0) continue;
    const inOrder = backward ? timings.reverse() : timings;
    for (const [index, timing] of inOrder.entries()) done[index].push(timing);
  }
  return contenders.map(({ name }, index) => together(name, done[index]));
}

function together(name: string, rounds: readonly Timing[]): Timing {
  const milliseconds = rounds.flatMap((round) => round.milliseconds);
  const cpuMilliseconds = rounds.flatMap((round) => round.cpuMilliseconds);
  return {
    name,
    ...{ milliseconds, cpuMilliseconds },
    slices: rounds.flatMap((round) => round.slices),
    median: percentiles(milliseconds).p50,
    minimum: Math.min(...milliseconds),
    cpuMedian: percentiles(cpuMilliseconds).p50,
  };
}
