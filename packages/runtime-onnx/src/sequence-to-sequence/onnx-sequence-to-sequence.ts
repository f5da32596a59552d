import {
  type Decoding,
  type ExitTable,
  HasheeError,
  type SequenceToSequenceConfig,
  type SequenceToSequenceModel,
  type TokenBatch,
  throwIfAborted,
} from '@hashee/core';
import { Int64Writer } from '../encoder/int64.js';
import type { OnnxEncoder } from '../inference/onnx-encoder.js';
import type { SessionPool } from '../inference/session-pool.js';
import { CrossCache } from './cross-cache.js';
import { crossGraph } from './decoder-graph.js';
import { DECODER } from './decoder-inputs.js';
import { OnnxDecoding } from './onnx-decoding.js';

/** Core's encoder-decoder on ONNX Runtime: the encoder as for classification, and graphs of the decoder. */
export class OnnxSequenceToSequence implements SequenceToSequenceModel {
  readonly config: SequenceToSequenceConfig;
  readonly decoderExitTable: ExitTable | undefined;
  readonly #encoder: OnnxEncoder;
  readonly #pool: SessionPool;

  constructor(
    config: SequenceToSequenceConfig,
    encoder: OnnxEncoder,
    pool: SessionPool,
    decoderExitTable: ExitTable | undefined,
  ) {
    this.config = config;
    this.#encoder = encoder;
    this.#pool = pool;
    this.decoderExitTable = decoderExitTable;
  }

  get exitTable(): ExitTable | undefined {
    return this.#encoder.exitTable;
  }

  get dtype(): string {
    return this.#encoder.dtype;
  }

  async begin(sources: TokenBatch, { signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<Decoding> {
    const { hidden, account } = await this.#encoder.forward(sources, { signal, hidden: true });
    if (!hidden) throw new HasheeError('RUNTIME', 'The encoder gave no states.');
    const started = performance.now();
    const { offsets } = sources;
    const lengths = Array.from({ length: offsets.length - 1 }, (_, b) => offsets[b + 1] - offsets[b]);
    const longest = lengths.reduce((most, length) => Math.max(most, length), 0);
    const tensors: [string, Float32Array][] = [];
    if (lengths.length > 0)
      await this.#pool.use(async () => {
        const session = await this.#pool.get('cross', () => crossGraph(this.config));
        throwIfAborted(signal, 'Encoding');
        const results = await session.run(this.#feeds(hidden, offsets, longest));
        throwIfAborted(signal, 'Encoding');
        for (let layer = 1; layer <= this.config.decoder.layers; layer++)
          for (const name of [DECODER.crossKey(layer), DECODER.crossValue(layer)])
            tensors.push([name, results[name].data as Float32Array]);
      });
    const cross = new CrossCache(this.config.decoder, lengths, longest, tensors);
    const milliseconds = performance.now() - started;
    return new OnnxDecoding(
      this.config,
      this.#pool,
      { memory: hidden, cross, account, milliseconds },
      this.decoderExitTable,
    );
  }

  async dispose(): Promise<void> {
    await Promise.all([this.#encoder.dispose(), this.#pool.dispose()]);
  }

  #feeds(states: Float32Array, offsets: Int32Array, longest: number) {
    const { heads: A } = this.config.decoder;
    const B = offsets.length - 1;
    const places = new Int64Writer(B * A * longest);
    let place = 0;
    for (let b = 0; b < B; b++)
      for (let h = 0; h < A; h++)
        for (let s = 0; s < longest; s++, place++) {
          const token = offsets[b] + s < offsets[b + 1] ? offsets[b] + s : offsets[b];
          places.set(place, token * A + h);
        }
    const H = this.config.encoder.hiddenSize;
    return new Map([
      [DECODER.states, { type: 'float32' as const, data: states, dims: [states.length / H, H] }],
      [DECODER.places, { type: 'int64' as const, data: places.data, dims: [B, A, longest] }],
    ]);
  }
}
