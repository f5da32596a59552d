import {
  type Account,
  type AppendOptions,
  type Decoding,
  type DecodingAccount,
  type ExitTable,
  HasheeError,
  type SequenceToSequenceConfig,
  throwIfAborted,
} from '@hashee/core';
import { assertFinite } from '@hashee/core/backend';
import { fullLayersOf } from '../encoder/choose-shape.js';
import { Int64Writer } from '../encoder/int64.js';
import type { Feed } from '../encoder/plan.js';
import type { SessionPool } from '../inference/session-pool.js';
import { type CrossCache, MASKED } from './cross-cache.js';
import { DecoderCounter } from './decoder-counter.js';
import { logSoftmaxGraph, stepGraph } from './decoder-graph.js';
import { DECODER } from './decoder-inputs.js';
import { exitFeeds } from './exit-feeds.js';
import { PastCache } from './past-cache.js';

/** What the encoder left for a decoding. */
export interface EncodedSources {
  /** `[T, H]` */
  readonly memory: Float32Array;
  readonly cross: CrossCache;
  readonly account: Account;
  readonly milliseconds: number;
}

/** Core's Decoding on ONNX Runtime: a session run for each call of `append`, keys and values kept in between. */
export class OnnxDecoding implements Decoding {
  readonly memory: Float32Array;
  readonly #config: SequenceToSequenceConfig;
  readonly #pool: SessionPool;
  readonly #encoder: Account;
  readonly #exitTable: ExitTable | undefined;
  /** Layers that every token runs. */
  readonly #fullLayers: number;
  readonly #past: PastCache;
  readonly #counter: DecoderCounter;
  #cross: CrossCache | undefined;
  #sources: Int32Array;
  #width = 1;
  #running = false;

  constructor(
    config: SequenceToSequenceConfig,
    pool: SessionPool,
    encoded: EncodedSources,
    exitTable: ExitTable | undefined,
  ) {
    const { cross, memory, account, milliseconds } = encoded;
    this.#config = config;
    this.#pool = pool;
    this.memory = memory;
    this.#encoder = account;
    this.#exitTable = exitTable;
    this.#fullLayers = fullLayersOf(exitTable, config.decoder.layers);
    this.#cross = cross;
    this.#sources = Int32Array.from(cross.lengths, (_, b) => b);
    this.#past = new PastCache(config, pool, cross.lengths.length);
    this.#counter = new DecoderCounter(config, cross.lengths, milliseconds);
  }

  get sources(): Int32Array {
    return this.#sources.slice();
  }

  get width(): number {
    return this.#width;
  }

  get length(): number {
    return this.#past.length;
  }

  async append(tokens: Int32Array, options: AppendOptions = {}): Promise<Float32Array> {
    const cross = this.#alive();
    const { signal, positions = 'last', scores = 'logits' } = options;
    throwIfAborted(signal, 'Decoding');
    const R = this.#sources.length * this.#width;
    if (R === 0 && tokens.length === 0) return new Float32Array(0);
    const N = tokens.length / R;
    this.#check(tokens, R, N);
    const started = performance.now();
    const lastOnly = positions === 'last' && N > 1;
    const exitLayers = this.#exitLayers(tokens);
    const past = this.length;
    this.#running = true;
    let answer: Float32Array;
    try {
      answer = await this.#pool.use(async () => {
        const before = await this.#past.feeds();
        const session = await this.#pool.get(lastOnly ? 'step:last' : 'step', () =>
          stepGraph(this.#config, lastOnly, this.#fullLayers),
        );
        throwIfAborted(signal, 'Decoding');
        const results = await session.run(this.#feeds(cross, before, tokens, exitLayers, R, N));
        throwIfAborted(signal, 'Decoding');
        const logits = results[DECODER.logits].data as Float32Array;
        const answered = scores === 'logits' ? logits : await this.#logProbabilities(logits);
        assertScores(answered, scores, this.#config.encoder.vocabSize);
        this.#past.keep(results, N);
        return answered;
      });
    } finally {
      this.#running = false;
    }
    this.#counter.add({
      ...{ exitLayers, count: N, past, sources: cross.lengths, width: this.#width },
      answers: lastOnly ? R : R * N,
      milliseconds: performance.now() - started,
    });
    return answer;
  }

  select(parents: ArrayLike<number>): void {
    const cross = this.#alive();
    if (this.#running) throw misuse('select() was called while append() was under way.', {});
    const list = Int32Array.from(parents);
    const rows = this.#sources.length * this.#width;
    for (const [row, parent] of list.entries())
      if (!(parents[row] >= 0 && parents[row] < rows) || parent !== parents[row])
        throw misuse(`select(): hypothesis ${row} continues ${parents[row]}, there are ${rows}.`, {
          row,
          parent: parents[row],
          rows,
        });
    const places = placesOf(list, this.#width);
    const width = places.length === 0 ? this.#width : list.length / places.length;
    this.#past.select(list);
    this.#width = width;
    if (places.length !== this.#sources.length || places.some((place, index) => place !== index)) {
      cross.select(places);
      this.#sources = Int32Array.from(places, (place) => this.#sources[place]);
    }
  }

  account(): DecodingAccount {
    return { encoder: this.#encoder, decoder: this.#counter.account() };
  }

  dispose(): void {
    this.#cross = undefined;
    this.#past.clear();
  }

  #alive(): CrossCache {
    this.#pool.assertAlive();
    if (!this.#cross)
      throw new HasheeError('DISPOSED', 'This decoding was disposed of. Begin another to go on generating.');
    return this.#cross;
  }

  #check(tokens: Int32Array, R: number, N: number): void {
    const { vocabSize } = this.#config.encoder;
    const { maxLength } = this.#config.decoder;
    if (this.#running) throw misuse('append() was called while another append() was under way.', {});
    if (!Number.isInteger(N) || N < 1)
      throw misuse(`append() takes the same number of tokens for each of ${R} hypotheses, got ${tokens.length}.`, {
        hypotheses: R,
        tokens: tokens.length,
      });
    if (this.length + N > maxLength)
      throw misuse(`The decoder takes at most ${maxLength} tokens, got ${this.length + N}. Stop generating before.`, {
        maxLength,
        length: this.length + N,
      });
    for (const id of tokens)
      if (id < 0 || id >= vocabSize)
        throw misuse(`append() got the id ${id}, the vocabulary has ${vocabSize} entries.`, { id, vocabSize });
  }

  #feeds(
    cross: CrossCache,
    past: readonly [string, Feed][],
    tokens: Int32Array,
    exitLayers: Uint8Array,
    R: number,
    N: number,
  ): Map<string, Feed> {
    const { heads: A, headSize: D, positionOffset } = this.#config.decoder;
    const P = this.length;
    const B = this.#sources.length;
    const int64 = (values: ArrayLike<number>): Feed => ({
      type: 'int64',
      data: Int64Writer.from(values),
      dims: [values.length],
    });
    const mask = new Float32Array(N * (P + N));
    for (let n = 0; n < N; n++) mask.fill(MASKED, n * (P + N) + P + n + 1, (n + 1) * (P + N));
    return new Map<string, Feed>([
      ...cross.feeds(),
      [DECODER.inputIds, int64(tokens)],
      [DECODER.positionIds, int64(tokens.map((_, i) => positionOffset + P + (i % N)))],
      [DECODER.rowsShape, int64([R, N, A, D])],
      [DECODER.sourcesShape, int64([B, this.#width * N, A, D])],
      [DECODER.causalMask, { type: 'float32', data: mask, dims: [N, P + N] }],
      [DECODER.last, int64(Int32Array.from({ length: R }, (_, r) => r * N + N - 1))],
      ...past,
      ...exitFeeds(this.#config.decoder, this.#fullLayers, exitLayers, {
        width: this.#width,
        hypotheses: R,
        count: N,
        past: P,
      }),
    ]);
  }

  async #logProbabilities(logits: Float32Array): Promise<Float32Array> {
    const { vocabSize: V } = this.#config.encoder;
    const session = await this.#pool.get('log-softmax', logSoftmaxGraph);
    const feed: Feed = { type: 'float32', data: logits, dims: [logits.length / V, V] };
    const results = await session.run(new Map([[DECODER.logits, feed]]));
    return results[DECODER.logProbabilities].data as Float32Array;
  }

  #exitLayers(tokens: Int32Array): Uint8Array {
    const table = this.#exitTable;
    if (!table) return new Uint8Array(tokens.length).fill(this.#config.decoder.layers);
    return Uint8Array.from(tokens, (id) => table.exitLayer[id]);
  }
}

/** Places of the sources in the order of their hypotheses. */
function placesOf(parents: Int32Array, width: number): number[] {
  const places: number[] = [];
  const counts: number[] = [];
  for (const parent of parents) {
    const place = Math.floor(parent / width);
    if (places[places.length - 1] !== place) {
      if (places.includes(place))
        throw misuse('select(): the hypotheses of one source must stay side by side.', {
          parents: Array.from(parents),
        });
      places.push(place);
      counts.push(0);
    }
    counts[counts.length - 1]++;
  }
  if (counts.some((count) => count !== counts[0]))
    throw misuse(`select(): every source must have the same number of hypotheses, got ${counts.join(', ')}.`, {
      counts,
    });
  return places;
}

/** Log-probabilities of a row are all NaN or none. */
function assertScores(scores: Float32Array, kind: 'logits' | 'log-probabilities', vocabulary: number): void {
  if (kind === 'logits') assertFinite(scores, 'The logits of the decoder');
  else
    for (let row = 0; row < scores.length; row += vocabulary)
      assertFinite(scores.subarray(row, row + 1), 'The log-probabilities of the decoder');
}

function misuse(message: string, fields: Record<string, unknown>): HasheeError {
  return new HasheeError('INVALID_ARGUMENT', message, { fields });
}
