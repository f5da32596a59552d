import type { Model } from '@hashee/checkpoint';
import { type Backend, collate, type EncodedText, type TextInput, type TokenBatch } from '@hashee/core';
import type { CallOptions, PipelineInput, RunSummary } from '@hashee/pipeline';
import type { BenchPart } from './report.js';

/** What one round computed. */
export interface Work {
  readonly meanExitLayer: number;
  readonly macs: number;
  /** Of a dense model that computes its last layer in full. */
  readonly denseMacs: number;
}

/** A loaded model that runs over all texts. */
export interface OpenSide {
  readonly dtype: string;
  run(signal: AbortSignal): Promise<Work>;
  dispose(): Promise<void>;
}

export interface SideSettings {
  readonly part: BenchPart;
  readonly model: Model;
  readonly head: string;
  readonly texts: readonly TextInput[];
  /** The texts in tokens. */
  readonly encoded: readonly EncodedText[];
  readonly maxLength: number;
  readonly backend: Backend;
  readonly batchSize: number;
  /** Without the exit table. */
  readonly dense: boolean;
  readonly signal: AbortSignal;
}

export function openSide(settings: SideSettings): Promise<OpenSide> {
  return settings.part === 'encoder' ? openEncoder(settings) : openPipeline(settings);
}

async function openPipeline(settings: SideSettings): Promise<OpenSide> {
  const { model, head, texts, backend, batchSize, maxLength, dense, signal } = settings;
  const { pipeline } = await import('@hashee/pipeline');
  const options = { backend, head, batchSize, maxLength, exitTable: dense ? null : undefined, signal };
  const tags = model.heads.find(({ name }) => name === head)?.task === 'token-classification';
  const answer = tags
    ? await pipeline('token-classification', model, options)
    : await pipeline('text-classification', model, options);
  const run: (inputs: readonly PipelineInput[], call: CallOptions) => Promise<{ readonly summary: RunSummary }> =
    answer.run;
  return {
    dtype: options.backend.capabilities.dtypes[0],
    run: async (abort) => (await run(texts, { signal: abort })).summary,
    dispose: answer.dispose,
  };
}

async function openEncoder(settings: SideSettings): Promise<OpenSide> {
  const { model, head, encoded, backend, batchSize, dense, signal } = settings;
  const encoder = await backend.load(model, { head, exitTable: dense ? null : undefined, signal });
  const batches = sortedBatches(encoded, batchSize);
  return {
    dtype: encoder.dtype,
    async run(abort) {
      const total = { tokens: 0, exitLayers: 0, macs: 0, denseMacs: 0 };
      for (const batch of batches) {
        const { account } = await encoder.forward(batch, { signal: abort });
        total.tokens += batch.inputIds.length;
        for (const layer of account.exitLayers) total.exitLayers += layer;
        total.macs += account.macs;
        total.denseMacs += account.denseMacs;
      }
      return { meanExitLayer: total.exitLayers / total.tokens, macs: total.macs, denseMacs: total.denseMacs };
    },
    dispose: () => encoder.dispose(),
  };
}

/** Sequences of similar length side by side, longest first, as the pipeline has them. */
function sortedBatches(encoded: readonly EncodedText[], batchSize: number): TokenBatch[] {
  const sorted = [...encoded].sort((a, b) => b.inputIds.length - a.inputIds.length);
  return Array.from({ length: Math.ceil(sorted.length / batchSize) }, (_, i) =>
    collate(sorted.slice(i * batchSize, (i + 1) * batchSize)),
  );
}
