import { type ExitTable, headTensors } from '@hashee/core';
import type { TrainContext } from '../method.js';
import { sortedBatches } from './batches.js';
import { executedMacs } from './dense-cost.js';
import { finalHead } from './exit-heads.js';
import { overlayWeights } from './overlay-weights.js';

const LIMIT = 1024;
const BATCH_SIZE = 32;

/**
 * How much less the runtime executes on dev with a table than without, by its own account. A runtime chooses its ways by
 * batch, so no formula says it to the last per cent; and what is executed doesn't depend on what the weights have learned.
 */
export async function measuredSpeedup(context: TrainContext, exitTable: ExitTable): Promise<number> {
  const { backend, dev, signal } = context;
  const { config, weights } = context.model;
  const head = finalHead(context);
  const blank = new Map(
    headTensors(head, config.hiddenSize).map(([name, shape]) => {
      const size = shape.reduce((product, n) => product * n, 1);
      return [name, { shape, read: async () => new Float32Array(size) }];
    }),
  );
  const model = { config, heads: [head], weights: overlayWeights(weights, blank), exitTable };
  const every = Math.max(1, Math.ceil(dev.sequences.length / LIMIT));
  const sequences = dev.sequences.filter((_, index) => index % every === 0);
  const encoder = await backend.load(model, { signal });
  try {
    let macs = 0;
    for (const batch of sortedBatches(sequences, BATCH_SIZE).batches)
      macs += (await encoder.forward(batch, { signal })).account.macs;
    return sequences.reduce((sum, { inputIds }) => sum + executedMacs(config, head, inputIds.length), 0) / macs;
  } finally {
    await encoder.dispose();
  }
}
