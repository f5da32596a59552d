import { throwIfAborted } from '../../abort.js';
import type { Account } from '../../account.js';
import { type TokenBatch, validateBatch } from '../../batch.js';
import type { Checkpoint } from '../../checkpoint.js';
import type { EncoderConfig } from '../../config.js';
import { activeCounts, denseMacs, headMacs, sequenceMacs } from '../../cost.js';
import type { Encoder, ForwardOptions, Output } from '../../encoder.js';
import { HasheeError } from '../../errors.js';
import type { ExitTable } from '../../exit-table.js';
import type { HeadConfig } from '../../head.js';
import type { Pass } from '../../pass.js';
import { referenceForward } from './forward.js';
import { ReferencePass } from './pass.js';

/** Core's Encoder by the float64 reference: right and slow. */
export class ReferenceEncoder implements Encoder {
  readonly dtype = 'fp64';
  readonly config: EncoderConfig;
  readonly heads: readonly HeadConfig[];
  readonly #checkpoint: Checkpoint;
  #disposed = false;

  constructor(
    checkpoint: Checkpoint,
    readonly head: HeadConfig | undefined,
    readonly exitTable: ExitTable | undefined,
  ) {
    this.config = checkpoint.config;
    this.heads = checkpoint.heads;
    this.#checkpoint = checkpoint;
  }

  async forward(batch: TokenBatch, options: ForwardOptions = {}): Promise<Output> {
    this.#assertUsable();
    throwIfAborted(options.signal, 'The forward pass');
    const started = performance.now();
    const { config, head } = this;
    const { hidden, exitLayers, logits } = await this.#run(batch);
    throwIfAborted(options.signal, 'The forward pass');
    const answers = head ? Float32Array.from(logits(head.name)) : new Float32Array(0);
    for (const value of answers)
      if (!Number.isFinite(value))
        throw new HasheeError('RUNTIME', `The logits hold the value ${value}; the weights aren't all finite.`);
    const lengths = Array.from({ length: batch.offsets.length - 1 }, (_, b) => batch.offsets[b + 1] - batch.offsets[b]);
    const headCost = head ? headMacs(config, head, answers.length / head.labels.length) : 0;
    const macs = lengths.reduce(
      (sum, _, b) => sum + sequenceMacs(config, exitLayers.subarray(batch.offsets[b], batch.offsets[b + 1])),
      headCost,
    );
    const dense = lengths.reduce((sum, length) => sum + denseMacs(config, length), headCost);
    const account = this.#account(macs, dense, exitLayers.slice(), activeCounts(exitLayers, config.layers), started);
    return {
      logits: answers,
      labels: head?.labels.length ?? 0,
      ...(options.hidden ? { hidden: Float32Array.from(hidden[config.layers]) } : {}),
      account,
    };
  }

  async begin(batch: TokenBatch, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<Pass> {
    this.#assertUsable();
    throwIfAborted(options.signal, 'The pass');
    const started = performance.now();
    return new ReferencePass({
      config: this.config,
      heads: this.heads,
      batch,
      result: await this.#run(batch),
      account: (macs, dense, exitLayers, active) => this.#account(macs, dense, exitLayers, active, started),
      assertUsable: () => this.#assertUsable(),
      signal: options.signal,
    });
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
  }

  #run(batch: TokenBatch): ReturnType<typeof referenceForward> {
    validateBatch(batch, this.config);
    return referenceForward(this.#checkpoint, batch, { exitTable: this.exitTable ?? null });
  }

  #account(macs: number, dense: number, exitLayers: Uint8Array, active: number[], started: number): Account {
    const attention = active.map((count, index) => (count > 0 && this.config.heads[index] > 0 ? 'projected' : 'none'));
    return {
      runtime: 'reference',
      device: 'cpu',
      dtype: this.dtype,
      exitLayers,
      activeTokens: active,
      attention,
      macs,
      denseMacs: dense,
      milliseconds: performance.now() - started,
    };
  }

  #assertUsable(): void {
    if (this.#disposed) throw new HasheeError('DISPOSED', 'This encoder was disposed of. Load the model again.');
  }
}
