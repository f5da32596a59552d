import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import type { TextInput } from '@hashee/core';
import { answersOf } from './answers.js';
import type { Answer, OpenRow, OpenSettings, Row, RowDtype } from './row.js';
import { peerSessionOptions } from './session-options.js';
import { openPool } from './worker-pool.js';

/** transformers.js as its users call it: a text-classification pipeline, and an array of one batch of texts at a time. */
function transformersRow(dtype: RowDtype): Row {
  const row: Row = {
    ...{ name: `transformers-${dtype}`, computes: 'dense', dtype, lastLayer: 'all' },
    about: '@huggingface/transformers on the plain graph, one batch of texts at a time',
    refuses: ({ part }) => (part === 'tokens' ? 'its pipeline takes texts only' : undefined),
    open: (settings) =>
      settings.setting.workers === undefined ? openPipeline(settings, dtype) : openPool(row, settings),
  };
  return row;
}

async function openPipeline({ place, setting }: OpenSettings, dtype: RowDtype): Promise<OpenRow> {
  const { env, pipeline } = await import('@huggingface/transformers');
  env.allowRemoteModels = false;
  env.allowLocalModels = true;
  const folder = resolve(place.peers);
  env.localModelPath = '/';
  const classify = await pipeline('text-classification', folder, {
    dtype,
    session_options: peerSessionOptions(setting.threads),
  });
  const labels = Object.values((classify.model.config as unknown as { id2label: Record<string, string> }).id2label);

  /** Its pipeline takes single texts; pairs go through the pipeline's tokenizer and model. */
  async function answer(texts: readonly TextInput[]): Promise<Answer[]> {
    if (texts.every((text) => typeof text === 'string')) return (await classify([...texts])) as Answer[];
    const [first, second] = [0, 1].map((part) => texts.map((text) => text[part]));
    const inputs = classify.tokenizer(first, { text_pair: second, padding: true, truncation: true });
    const { logits } = (await classify.model(inputs)) as { logits: { data: Float32Array } };
    return answersOf(logits.data, labels);
  }

  return {
    versions: { '@huggingface/transformers': await installedVersion() },
    async run({ batches }) {
      const answers: Answer[] = [];
      for (const { texts } of batches) answers.push(...(await answer(texts)));
      return { answers };
    },
    dispose: () => classify.dispose() as Promise<void>,
  };
}

/** transformers.js says its version only where its own package.json is read. */
async function installedVersion(): Promise<string> {
  let folder = dirname(createRequire(import.meta.url).resolve('@huggingface/transformers'));
  for (; folder !== dirname(folder); folder = dirname(folder)) {
    const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => '{}');
    const { name, version } = JSON.parse(text) as { readonly name?: string; readonly version?: string };
    if (name === '@huggingface/transformers') return version ?? 'unknown';
  }
  return 'unknown';
}

export const transformersRows: readonly Row[] = [transformersRow('fp32'), transformersRow('q8')];
