import type { Model } from '@hashee/checkpoint';
import { type Backend, collate, type EncodedText, type TextInput } from '@hashee/core';
import type { CallOptions, PipelineInput, RunSummary } from '@hashee/pipeline';
import type { BenchPart } from './report.js';

/** What one slice of the texts took, or all. */
export interface Work {
  readonly tokens: number;
  /** Sum over the tokens of the last layer computed. */
  readonly exitLayers: number;
  readonly macs: number;
  /** Of a dense model that computes its last layer in full. */
  readonly denseMacs: number;
}

/** A loaded model that runs over the texts. */
export interface OpenSide {
  readonly dtype: string;
  run(slice: number, signal: AbortSignal): Promise<Work>;
  dispose(): Promise<void>;
}

export interface SideSettings {
  readonly part: BenchPart;
  readonly model: Model;
  readonly head: string;
  readonly texts: readonly TextInput[];
  /** The texts in tokens. */
  readonly encoded: readonly EncodedText[];
  /** Positions of texts, [slice][batch][text]. */
  readonly slices: readonly (readonly (readonly number[])[])[];
  readonly maxLength: number;
  readonly backend: Backend;
  readonly batchSize: number;
  readonly dtype: string | undefined;
  /** Without the exit table. */
  readonly dense: boolean;
  readonly signal: AbortSignal;
}

export function openSide(settings: SideSettings): Promise<OpenSide> {
  return settings.part === 'encoder' ? openEncoder(settings) : openPipeline(settings);
}

async function openPipeline(settings: SideSettings): Promise<OpenSide> {
  const { model, head, texts, slices, backend, batchSize, maxLength, dtype, dense, signal } = settings;
  const { pipeline } = await import('@hashee/pipeline');
  const options = { backend, dtype, head, batchSize, maxLength, exitTable: dense ? null : undefined, signal };
  const tags = model.heads.find(({ name }) => name === head)?.task === 'token-classification';
  const answer = tags
    ? await pipeline('token-classification', model, options)
    : await pipeline('text-classification', model, options);
  const run: (inputs: readonly PipelineInput[], call: CallOptions) => Promise<{ readonly summary: RunSummary }> =
    answer.run;
  const parts = slices.map((batches) => batches.flat().map((text) => texts[text]));
  return {
    dtype: dtype ?? backend.capabilities.dtypes[0],
    async run(slice, abort) {
      const { tokens, meanExitLayer, macs, denseMacs } = (await run(parts[slice], { signal: abort })).summary;
      return { tokens, exitLayers: tokens * meanExitLayer, macs, denseMacs };
    },
    dispose: answer.dispose,
  };
}

async function openEncoder(settings: SideSettings): Promise<OpenSide> {
  const { model, head, encoded, slices, backend, dtype, dense, signal } = settings;
  const encoder = await backend.load(model, { head, dtype, exitTable: dense ? null : undefined, signal });
  const parts = slices.map((batches) => batches.map((texts) => collate(texts.map((text) => encoded[text]))));
  return {
    dtype: encoder.dtype,
    async run(slice, abort) {
      const total = { tokens: 0, exitLayers: 0, macs: 0, denseMacs: 0 };
      for (const batch of parts[slice]) {
        const { account } = await encoder.forward(batch, { signal: abort });
        total.tokens += batch.inputIds.length;
        for (const layer of account.exitLayers) total.exitLayers += layer;
        total.macs += account.macs;
        total.denseMacs += account.denseMacs;
      }
      return total;
    },
    dispose: () => encoder.dispose(),
  };
}
