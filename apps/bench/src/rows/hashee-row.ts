import { loadModel, type Model } from '@hashee/checkpoint';
import type { Backend } from '@hashee/core';
import { answersOf } from './answers.js';
import { inTurns } from './in-turns.js';
import type { Answer, OpenRow, OpenSettings, Row, RowDtype } from './row.js';

/** Makes the runtime. */
export type OpenBackend = (
  settings: OpenSettings,
) => Promise<{ readonly backend: Backend; readonly versions: Readonly<Record<string, string>> }>;

export interface HasheeRowOptions {
  readonly computes: Row['computes'];
  readonly dtype: RowDtype;
  readonly about: string;
  readonly openBackend: OpenBackend;
  readonly refuses?: Row['refuses'] | undefined;
}

/** A row of this repository: a model in one of its runtimes, called through its pipeline or batch by batch. */
export function hasheeRow(
  name: string,
  { computes, dtype, about, openBackend, refuses = () => undefined }: HasheeRowOptions,
): Row {
  return {
    ...{ name, computes, dtype, about, refuses },
    lastLayer: 'read',
    async open(settings) {
      const { place } = settings;
      const model = await loadModel(place.directory);
      const opened = await openBackend(settings);
      const load = { dtype, exitTable: computes === 'dense' ? null : (place.table ?? model.exitTable) };
      return settings.part === 'texts' ? openPipeline(model, opened, load, settings) : openEncoder(model, opened, load);
    },
  };
}

type Opened = Awaited<ReturnType<OpenBackend>>;
interface Load {
  readonly dtype: RowDtype;
  readonly exitTable: Model['exitTable'] | null;
}

async function openPipeline(
  model: Model,
  { backend, versions }: Opened,
  load: Load,
  { batchSize }: OpenSettings,
): Promise<OpenRow> {
  const { pipeline } = await import('@hashee/pipeline');
  // Batches of the wanted size also where texts are long.
  const maxBatchTokens = batchSize * model.config.maxLength;
  const classify = await pipeline('text-classification', model, { backend, ...load, batchSize, maxBatchTokens });
  return {
    versions,
    async run({ batches }) {
      const { results, summary } = await classify.run(batches.flatMap(({ texts }) => texts));
      return { answers: results as Answer[], macs: summary.macs };
    },
    dispose: classify.dispose,
  };
}

async function openEncoder(model: Model, { backend, versions }: Opened, load: Load): Promise<OpenRow> {
  const encoder = await backend.load(model, load);
  const labels = encoder.head?.labels ?? [];
  return {
    versions,
    async run({ batches }) {
      const outputs = await inTurns(batches, (encoder.concurrency ?? 0) + 1, ({ tokens }) => encoder.forward(tokens));
      return {
        answers: outputs.flatMap(({ logits }) => answersOf(logits, labels)),
        macs: outputs.reduce((sum, { account }) => sum + account.macs, 0),
      };
    },
    dispose: () => encoder.dispose(),
  };
}
