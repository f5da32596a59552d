import type { HubProgress, Model } from '@hashee/checkpoint';
import type { Context } from '../context.js';
import { bytes } from '../terminal/format.js';
import { createProgress, type Progress } from '../terminal/progress.js';
import { defaultModelDirectory } from './default-model.js';

/** The options of every command that reads a model. */
export interface ModelOptions {
  /** Folder or hub id. @default the default model */
  readonly model?: string | undefined;
  readonly revision?: string | undefined;
  readonly offline?: true | undefined;
  readonly quiet?: true | undefined;
}

/** Loads a model from a folder or the hub, and shows how far the download is. */
export async function loadModelFor(options: ModelOptions, { signal, stderr }: Context): Promise<Model> {
  const { loadModel } = await import('@hashee/checkpoint');
  const source = options.model ?? (await defaultModelDirectory());
  const progress = await createProgress(stderr, 'Downloading', options.quiet);
  try {
    return await loadModel(source, {
      signal,
      revision: options.revision,
      localFilesOnly: options.offline,
      onProgress: (event) => show(event, progress),
    });
  } finally {
    progress.stop();
  }
}

function show(event: HubProgress, progress: Progress): void {
  if (event.status === 'downloading') {
    const { file, loaded, total } = event;
    progress.update({ done: loaded, total, text: `${file} ${bytes(loaded)} of ${bytes(total)}` });
  } else if (event.status === 'downloaded') progress.clear();
}
