import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadModel, ownFile } from '@hashee/checkpoint';
import { HasheeError } from '@hashee/core';
import { directory as defaultModel } from '@hashee/model-sst2';
import { exportOnnx } from '@hashee/runtime-onnx/export';
import { PAGE_FILES, type PageDtype, type PageModelFile } from '../page/page-model.js';

export interface PageModelOptions {
  /** A text classifier with an exit table. @default sentiment of English sentences */
  readonly source?: string | undefined;
  /** Name that the page shows. @default the default model's */
  readonly name?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes what the page fetches: the model with its exits and without, in both dtypes, the exit table and the tokenizer.
 * @throws HasheeError `UNSUPPORTED` where the model is no text classifier with an exit table, and what loading and exporting throw
 */
export async function writePageModel(folder: string, options: PageModelOptions = {}): Promise<void> {
  const { source = defaultModel, name = 'Sentiment of English sentences (SST-2)', signal } = options;
  const model = await loadModel(source, { signal });
  const head = model.heads.find((each) => each.name === 'main');
  if (head?.task !== 'sequence-classification' || !model.exitTable)
    throw new HasheeError('UNSUPPORTED', 'The page shows a text classifier with an exit table; this model is none.', {
      fields: { source },
    });
  await mkdir(folder, { recursive: true });
  const bytes: Record<PageDtype, number> = { q8: 0, fp32: 0 };
  for (const dtype of ['q8', 'fp32'] as const)
    for (const kind of ['exits', 'dense'] as const) {
      const { files } = await exportOnnx(model, join(folder, PAGE_FILES.graph(kind, dtype)), {
        dtype,
        signal,
        exitTable: kind === 'dense' ? null : undefined,
        attention: 'projected',
        reduceRange: false,
        inlineLimit: 0,
        dataFile: PAGE_FILES.weights(dtype),
      });
      bytes[dtype] = files[1].bytes;
    }
  const page: PageModelFile = {
    name,
    labels: head.labels,
    layers: model.config.layers,
    maxLength: model.config.maxLength,
    bytes,
  };
  await writeFile(join(folder, PAGE_FILES.model), JSON.stringify(page));
  await writeFile(join(folder, PAGE_FILES.exitLayers), model.exitTable.exitLayer);
  for (const file of [PAGE_FILES.tokenizer, PAGE_FILES.tokenizerConfig])
    await copyFile((await ownFile(model.directory, file)) ?? join(model.directory, file), join(folder, file));
}
