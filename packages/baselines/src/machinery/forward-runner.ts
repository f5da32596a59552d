import { type Encoder, HasheeError, type HeadConfig, headMacs, type TokenBatch } from '@hashee/core';
import type { DenseReference, Runner, RunOptions, RunResult } from '../method.js';
import type { Recording } from '../recording.js';
import { sequenceCosts } from './layer-costs.js';

/** A model that decides nothing while it runs: dense, smaller, or with exits known beforehand. */
export class ForwardRunner implements Runner {
  readonly knob: undefined;
  readonly settings: readonly number[] = [];
  readonly head: HeadConfig;
  readonly dense: DenseReference;
  readonly #encoder: Encoder;
  readonly #prepare: (batch: TokenBatch) => TokenBatch;

  /** @param prepare gives a batch exit layers of its own */
  constructor(encoder: Encoder, dense: DenseReference, prepare: (batch: TokenBatch) => TokenBatch = (batch) => batch) {
    if (!encoder.head) throw new HasheeError('INVALID_ARGUMENT', 'The model has no head that could answer.');
    this.head = encoder.head;
    this.dense = dense;
    this.#encoder = encoder;
    this.#prepare = prepare;
  }

  async run(batch: TokenBatch, _setting?: number, { signal }: RunOptions = {}): Promise<RunResult> {
    const { logits, account } = await this.#encoder.forward(this.#prepare(batch), { signal });
    const exits = Float64Array.from({ length: batch.offsets.length - 1 }, (_, b) => {
      const tokens = account.exitLayers.subarray(batch.offsets[b], batch.offsets[b + 1]);
      return tokens.reduce((sum, layer) => sum + layer, 0) / tokens.length;
    });
    return { logits, exits, macs: account.macs, accounts: [account] };
  }

  async record(batches: readonly TokenBatch[], options: RunOptions = {}): Promise<Recording> {
    const C = this.head.labels.length;
    const sequences = batches.reduce((sum, { offsets }) => sum + offsets.length - 1, 0);
    const stop = {
      layers: new Float64Array(sequences),
      answers: [new Float32Array(sequences * C)],
      macs: new Float64Array(sequences),
    };
    let from = 0;
    for (const batch of batches) {
      const { logits, exits, accounts } = await this.run(batch, undefined, options);
      const { config } = this.#encoder;
      stop.answers[0].set(logits, from * C);
      stop.layers.set(exits, from);
      const head = headMacs(config, this.head, 1);
      stop.macs.set(
        sequenceCosts(config, batch.offsets, accounts[0]).map((cost) => cost + head),
        from,
      );
      from += exits.length;
    }
    return { sequences, labels: C, stops: [stop] };
  }

  stopAt(): number {
    return 0;
  }

  dispose(): Promise<void> {
    return this.#encoder.dispose();
  }
}
