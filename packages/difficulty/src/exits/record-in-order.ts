import type { Recording, Runner } from '@hashee/baselines';
import { collate, type LabelledSequence } from '@hashee/core';

const BATCH_SIZE = 32;

/** Records all sequences in batches of similar length; the recording is in the order of the sequences. */
export async function recordInOrder(
  runner: Runner,
  sequences: readonly LabelledSequence[],
  signal?: AbortSignal,
): Promise<Recording> {
  const order = Array.from(sequences.keys()).sort(
    (a, b) => sequences[a].inputIds.length - sequences[b].inputIds.length || a - b,
  );
  const batches = Array.from({ length: Math.ceil(order.length / BATCH_SIZE) }, (_, i) =>
    collate(order.slice(i * BATCH_SIZE, (i + 1) * BATCH_SIZE).map((row) => sequences[row])),
  );
  const recording = await runner.record(batches, { signal });
  return {
    ...recording,
    stops: recording.stops.map(({ layers, answers, macs }) => ({
      layers: reorder(layers, order),
      answers: answers.map((values) => reorder(values, order)),
      macs: reorder(macs, order),
    })),
  };
}

/** Row i of `values`, `[N, width]`, goes to row `order[i]`. */
function reorder<Values extends Float32Array | Float64Array>(values: Values, order: readonly number[]): Values {
  const moved = values.slice() as Values;
  const width = values.length / order.length;
  order.forEach((to, from) => void moved.set(values.subarray(from * width, (from + 1) * width), to * width));
  return moved;
}
