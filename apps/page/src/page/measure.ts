import type { Engine, Kind } from './engine.js';

/** What one side answers, and how fast. */
export interface Side {
  readonly probabilities: readonly number[];
  /** Median of the rounds. */
  readonly milliseconds: number;
}

const ROUNDS = 7;
const BUDGET = 1500;

/** Runs both sides in turns: once to warm up, then up to seven rounds, or as many as fit into 1.5 seconds. */
export async function measure(
  engine: Engine,
  ids: readonly number[],
  signal: AbortSignal,
): Promise<Readonly<Record<Kind, Side>> | undefined> {
  const times: Record<Kind, number[]> = { exits: [], dense: [] };
  const logits: Partial<Record<Kind, Float32Array>> = {};
  const started = performance.now();
  for (let round = 0; round <= ROUNDS; round++) {
    for (const kind of round % 2 === 0 ? (['exits', 'dense'] as const) : (['dense', 'exits'] as const)) {
      if (signal.aborted) return undefined;
      const before = performance.now();
      logits[kind] = await engine.run(kind, ids);
      if (round > 0) times[kind].push(performance.now() - before);
    }
    // Lets the page draw and hear keys.
    await new Promise((resolve) => setTimeout(resolve));
    if (round > 0 && performance.now() - started > BUDGET) break;
  }
  const side = (kind: Kind): Side => ({ probabilities: softmax(logits[kind]!), milliseconds: median(times[kind]) });
  return { exits: side('exits'), dense: side('dense') };
}

function softmax(logits: Float32Array): number[] {
  const most = Math.max(...logits);
  const powers = Array.from(logits, (value) => Math.exp(value - most));
  const sum = powers.reduce((total, value) => total + value, 0);
  return powers.map((value) => value / sum);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
