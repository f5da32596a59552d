import { basename } from 'node:path';
import { type SequenceToSequence, saveSequenceToSequence } from '@hashee/checkpoint';
import { HasheeError } from '@hashee/core';
import type { Context } from '../../context.js';
import type { ExportCommandOptions } from './export.js';
import { configFor, type ExportedFile, storedDtype } from './exported-folder.js';
import { writeTokenizerConfig } from './tokenizer-config.js';
import { denseMetadata, writeExport } from './write-export.js';

/** `hashee export` of an encoder-decoder: a file for the encoder and one for the decoder, in each type. */
export async function exportEncoderDecoder(
  found: SequenceToSequence,
  options: ExportCommandOptions,
  context: Context,
): Promise<void> {
  if (options.measure !== undefined || options.task !== undefined)
    throw new HasheeError(
      'INVALID_ARGUMENT',
      "Exported encoder-decoders aren't measured: leave --measure and --task out, and see hashee evaluate for ROUGE.",
    );
  const { target, opset, fullRange } = options;
  const model = options.dense ? { ...found, exitTable: undefined, decoderExitTable: undefined } : found;
  const { exportSequenceToSequence } = await import('@hashee/runtime-onnx/export');
  await writeExport<ExportedFile>(
    basename(model.directory),
    {
      write: async (dtype, folder, settings) => {
        const { encoder, decoder } = await exportSequenceToSequence(model, folder, {
          ...{ dtype, target, opset, reduceRange: !fullRange, ...settings },
        });
        return [encoder, decoder].map((part) => ({ ...part, dtype, target, opset }));
      },
      save: (output, { reports }, saving) =>
        saveSequenceToSequence(
          output,
          {
            ...model,
            base: { ...model, huggingFaceConfig: configFor(model, reports) },
            metadata: options.dense ? denseMetadata(model.metadata) : model.metadata,
            dtype: storedDtype(model),
          },
          {
            ...saving,
            also: async (folder) => {
              await writeTokenizerConfig(folder, model);
              await saving.also(folder);
            },
          },
        ),
    },
    options,
    context,
  );
}
