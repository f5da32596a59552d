import type { HubProgress, LoadModelOptions, Model, SequenceToSequence } from '@hashee/checkpoint';
import { HasheeError } from '@hashee/core';
import { bytes, createProgress, type ProgressDisplay } from '@hashee/terminal';
import type { Context } from '../context.js';
import { defaultModelDirectory } from './default-model.js';

/** The options of every command that reads a model. */
export interface ModelOptions {
  /** Folder or hub id. @default the default model */
  readonly model?: string | undefined;
  readonly revision?: string | undefined;
  readonly offline?: true | undefined;
  readonly quiet?: true | undefined;
}

/** Loads an encoder from a folder or the hub, and shows how far the download is. */
export async function loadModelFor(options: ModelOptions, context: Context): Promise<Model> {
  const { loadModel } = await import('@hashee/checkpoint');
  return load(loadModel, options, context).catch((error) => {
    if (!HasheeError.isInstance(error, 'UNSUPPORTED') || !['bart', 'cpt'].includes(String(error.fields['actual'])))
      throw error;
    throw new HasheeError(
      'UNSUPPORTED',
      `${options.model} is an encoder-decoder, which writes texts; an encoder is needed here. Encoder-decoders are for hashee summarize, train with --task summarization, evaluate, export, hash and inspect.`,
      { fields: error.fields, cause: error },
    );
  });
}

/** The same for encoder-decoders, of which there is no default. */
export async function loadSequenceToSequenceFor(
  options: ModelOptions & { readonly model: string },
  context: Context,
): Promise<SequenceToSequence> {
  const { loadSequenceToSequence } = await import('@hashee/checkpoint');
  return load(loadSequenceToSequence, options, context);
}

/** The same for either. */
export async function loadAnyModelFor(options: ModelOptions, context: Context): Promise<Model | SequenceToSequence> {
  const { loadAnyModel } = await import('@hashee/checkpoint');
  return load(loadAnyModel, options, context);
}

async function load<Loaded>(
  loader: (source: string, options: LoadModelOptions) => Promise<Loaded>,
  options: ModelOptions,
  { signal, stderr }: Context,
): Promise<Loaded> {
  const source = options.model ?? (await defaultModelDirectory());
  const progress = await createProgress(stderr, 'Downloading', options.quiet);
  try {
    return await loader(source, {
      signal,
      revision: options.revision,
      localFilesOnly: options.offline,
      onProgress: (event) => show(event, progress),
    });
  } finally {
    progress.stop();
  }
}

function show(event: HubProgress, progress: ProgressDisplay): void {
  if (event.status === 'downloading') {
    const { file, loaded, total } = event;
    progress.update({ done: loaded, total, text: `${file} ${bytes(loaded)} of ${bytes(total)}` });
  } else if (event.status === 'downloaded') progress.clear();
}
