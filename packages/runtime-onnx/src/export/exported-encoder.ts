import {
  type Account,
  activeCounts,
  type Checkpoint,
  denseMacs,
  type Encoder,
  type EncoderConfig,
  type ExitTable,
  embeddingMacs,
  exitLayersOf,
  type ForwardOptions,
  HasheeError,
  type HeadConfig,
  headMacs,
  layerMacs,
  type Output,
  type Pass,
  readsFirstOnly,
  type TokenBatch,
  throwIfAborted,
  validateBatch,
} from '@hashee/core';
import { assertFinite, resolveModel } from '@hashee/core/backend';
import type { InferenceSession } from 'onnxruntime-common';
import { Int64Writer } from '../encoder/int64.js';
import { loadOrt, type OrtModule } from '../session/ort.js';
import { sessionOptions } from '../session/session-options.js';
import type { ExportReport } from './export-onnx.js';

export interface OpenExportOptions {
  /** The head and the table that it was exported with, where they aren't the checkpoint's. */
  readonly head?: string | undefined;
  readonly exitTable?: ExitTable | null | undefined;
  /** Threads inside one operator. @default ONNX Runtime's own choice, one a core */
  readonly threads?: number | undefined;
  /** An onnxruntime module to use instead of importing `onnxruntime-node`. */
  readonly ort?: OrtModule | undefined;
}

/**
 * An exported file as an Encoder, to judge and to time what others will run. It answers with logits alone.
 * @throws HasheeError `MISSING_DEPENDENCY`, `RUNTIME`, `UNSUPPORTED` (no head)
 */
export async function openExport(
  report: Pick<ExportReport, 'files' | 'dtype' | 'attention'>,
  checkpoint: Checkpoint,
  options: OpenExportOptions = {},
): Promise<Encoder> {
  const { config, head, exitTable } = resolveModel(checkpoint, options);
  if (!head) throw new HasheeError('UNSUPPORTED', 'The model has no head, so no file was exported from it.');
  const ort = await loadOrt(options.ort);
  try {
    const settings = sessionOptions({ threads: options.threads, executionProviders: ['cpu'] });
    const session = await ort.InferenceSession.create(report.files[0].path, settings);
    return new ExportedEncoder(ort, session, config, head, exitTable, report);
  } catch (cause) {
    throw new HasheeError('RUNTIME', `ONNX Runtime refused ${report.files[0].path}: ${(cause as Error).message}`, {
      fields: { path: report.files[0].path },
      cause,
    });
  }
}

class ExportedEncoder implements Encoder {
  readonly config: EncoderConfig;
  readonly head: HeadConfig;
  readonly heads: readonly HeadConfig[];
  readonly exitTable: ExitTable | undefined;
  readonly dtype: string;
  readonly #ort: OrtModule;
  readonly #session: InferenceSession;
  readonly #attention: Account['attention'];
  #disposed = false;

  constructor(
    ort: OrtModule,
    session: InferenceSession,
    config: EncoderConfig,
    head: HeadConfig,
    exitTable: ExitTable | undefined,
    report: Pick<ExportReport, 'dtype' | 'attention'>,
  ) {
    this.#ort = ort;
    this.#session = session;
    this.config = config;
    this.head = head;
    this.heads = [head];
    this.exitTable = exitTable;
    this.dtype = report.dtype;
    this.#attention = report.attention;
  }

  async forward(batch: TokenBatch, options: ForwardOptions = {}): Promise<Output> {
    this.#assertAlive();
    throwIfAborted(options.signal, 'The forward pass');
    validateBatch(batch, this.config);
    if (batch.exitLayers || options.hidden)
      throw new HasheeError('UNSUPPORTED', 'An exported model has its exit layers inside and gives no states.');
    const started = performance.now();
    const B = batch.offsets.length - 1;
    const C = this.head.labels.length;
    let logits = new Float32Array(0);
    if (B > 0) {
      const S = longest(batch);
      const results = await this.#session.run(this.#feeds(batch, B, S)).catch((cause: Error) => {
        throw new HasheeError('RUNTIME', `ONNX Runtime failed: ${cause.message}`, { cause });
      });
      throwIfAborted(options.signal, 'The forward pass');
      logits = results['logits'].data as Float32Array<ArrayBuffer>;
      if (this.head.task === 'token-classification') logits = ofTokens(logits, batch, S, C);
    }
    assertFinite(logits, 'The logits');
    return { logits, labels: C, account: this.#account(batch, performance.now() - started) };
  }

  async begin(): Promise<Pass> {
    throw new HasheeError('UNSUPPORTED', 'An exported model runs in one go. Load the checkpoint to go step by step.');
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    await this.#session.release();
  }

  #feeds(batch: TokenBatch, B: number, S: number): InferenceSession.FeedsType {
    const ids = new Int64Writer(B * S);
    const mask = new Int64Writer(B * S);
    const segments = new Int64Writer(B * S);
    for (let b = 0; b < B; b++) {
      const from = batch.offsets[b];
      for (let s = 0; s < S; s++) {
        const t = from + s;
        const inside = t < batch.offsets[b + 1];
        ids.set(b * S + s, inside ? batch.inputIds[t] : this.config.padTokenId);
        mask.set(b * S + s, inside ? 1 : 0);
        segments.set(b * S + s, inside ? batch.tokenTypeIds[t] : 0);
      }
    }
    const data = { input_ids: ids.data, attention_mask: mask.data, token_type_ids: segments.data };
    return Object.fromEntries(
      Object.entries(data)
        .filter(([name]) => this.#session.inputNames.includes(name))
        .map(([name, values]) => [name, new this.#ort.Tensor('int64', values, [B, S])]),
    );
  }

  #account(batch: TokenBatch, milliseconds: number): Account {
    const { config, head } = this;
    const L = config.layers;
    const exitLayers = exitLayersOf(batch, L, this.exitTable);
    const firstOnly = readsFirstOnly(head);
    const depth = this.#attention.findLastIndex((kind) => kind !== 'none') + 1;
    const activeTokens = new Array<number>(L).fill(0);
    let macs = 0;
    let dense = 0;
    for (let b = 0; b + 1 < batch.offsets.length; b++) {
      const n = batch.offsets[b + 1] - batch.offsets[b];
      const rows = headMacs(config, head, firstOnly ? 1 : n);
      macs += embeddingMacs(config, n) + rows;
      dense += denseMacs(config, n) + rows;
      const counts = activeCounts(exitLayers.subarray(batch.offsets[b], batch.offsets[b + 1]), L);
      for (let layer = 1; layer <= depth; layer++) {
        const active = firstOnly && layer === depth ? 1 : counts[layer - 1];
        activeTokens[layer - 1] += active;
        const kind = this.#attention[layer - 1];
        macs += layerMacs(config, layer, active, n, kind === 'absorbed' ? kind : 'projected');
      }
    }
    return {
      runtime: 'onnx',
      device: 'cpu',
      dtype: this.dtype,
      exitLayers,
      activeTokens,
      attention: this.#attention,
      macs,
      denseMacs: dense,
      milliseconds,
    };
  }

  #assertAlive(): void {
    if (this.#disposed)
      throw new HasheeError('DISPOSED', 'This exported model was disposed of. Open it again to go on.');
  }
}

function longest({ offsets }: TokenBatch): number {
  let most = 0;
  for (let b = 0; b + 1 < offsets.length; b++) most = Math.max(most, offsets[b + 1] - offsets[b]);
  return most;
}

/** [B, S, C] to [T, C]. */
function ofTokens(padded: Float32Array, { offsets }: TokenBatch, S: number, C: number): Float32Array<ArrayBuffer> {
  const B = offsets.length - 1;
  const logits = new Float32Array(offsets[B] * C);
  for (let b = 0; b < B; b++) {
    const length = offsets[b + 1] - offsets[b];
    logits.set(padded.subarray(b * S * C, (b * S + length) * C), offsets[b] * C);
  }
  return logits;
}
