import {
  activeCounts,
  type Backend,
  denseMacs,
  type Encoder,
  HasheeError,
  headMacs,
  sequenceMacs,
  type TokenBatch,
  throwIfAborted,
} from '@hashee/core';
import { referenceForward } from '@hashee/core/testing';

/** A backend on the plain float64 computation of `@hashee/core/testing`, which keeps the batches it was given. */
export function referenceBackend(seen: TokenBatch[] = []): Backend {
  return {
    specificationVersion: 'v1',
    name: 'reference',
    capabilities: { training: false, passes: false, dtypes: ['fp64'], devices: ['cpu'] },
    async load(checkpoint, options = {}): Promise<Encoder> {
      const { config, heads } = checkpoint;
      const head = heads.find(({ name }) => name === (options.head ?? 'main'));
      let disposed = false;
      return {
        config,
        head,
        heads,
        exitTable: options.exitTable === null ? undefined : (options.exitTable ?? checkpoint.exitTable),
        dtype: 'fp64',
        async forward(batch, { signal } = {}) {
          if (disposed) throw new HasheeError('DISPOSED', 'The encoder was disposed.');
          throwIfAborted(signal, 'The encoder');
          seen.push(batch);
          const { exitLayers, logits } = await referenceForward(checkpoint, batch, { exitTable: options.exitTable });
          const { offsets } = batch;
          let macs = 0;
          let dense = 0;
          for (let b = 0; b + 1 < offsets.length; b++) {
            const length = offsets[b + 1] - offsets[b];
            const headPart = head ? headMacs(config, head, head.task === 'token-classification' ? length : 1) : 0;
            macs += sequenceMacs(config, exitLayers.subarray(offsets[b], offsets[b + 1])) + headPart;
            dense += denseMacs(config, length) + headPart;
          }
          return {
            logits: head ? Float32Array.from(logits(head.name)) : new Float32Array(),
            labels: head?.labels.length ?? 0,
            account: {
              runtime: 'reference',
              device: 'cpu',
              dtype: 'fp64',
              exitLayers,
              activeTokens: activeCounts(exitLayers, config.layers),
              attention: config.heads.map(() => 'projected' as const),
              macs,
              denseMacs: dense,
              milliseconds: 1,
            },
          };
        },
        begin: () => Promise.reject(new HasheeError('UNSUPPORTED', 'The reference backend has no passes.')),
        async dispose() {
          disposed = true;
        },
      };
    },
  };
}
