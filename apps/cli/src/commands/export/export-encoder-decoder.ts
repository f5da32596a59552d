import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { type SequenceToSequence, saveSequenceToSequence } from '@hashee/checkpoint';
import { HasheeError } from '@hashee/core';
import type { Context } from '../../context.js';
import { streamSink } from '../../io/line-sink.js';
import { assertOutputFolder } from '../../io/output-folder.js';
import { bytes } from '../../terminal/format.js';
import { createProgress } from '../../terminal/progress.js';
import type { ExportCommandOptions } from './export.js';
import { configFor, type ExportedFile, reportLines, storedDtype, toldOf } from './exported-folder.js';
import { writeTokenizerConfig } from './tokenizer-config.js';

/** `hashee export` of an encoder-decoder: a file for the encoder and one for the decoder, in each type. */
export async function exportEncoderDecoder(
  found: SequenceToSequence,
  options: ExportCommandOptions,
  context: Context,
): Promise<void> {
  const { signal, stdout } = context;
  if (options.measure !== undefined || options.task !== undefined)
    throw new HasheeError(
      'INVALID_ARGUMENT',
      "Exported encoder-decoders aren't measured: leave --measure and --task out, and see hashee evaluate for ROUGE.",
    );
  const model = options.dense ? { ...found, exitTable: undefined, decoderExitTable: undefined } : found;
  const output = resolve(options.output ?? `${basename(model.directory)}-onnx`);
  await assertOutputFolder(output, options.overwrite ?? false);
  const beside = join(dirname(output), `.${basename(output)}.${randomBytes(6).toString('hex')}.onnx`);
  try {
    await mkdir(beside);
    const reports = await writeFiles(model, beside, options, context);
    await saveSequenceToSequence(
      output,
      {
        ...model,
        base: { ...model, huggingFaceConfig: configFor(model, reports) },
        ...(options.dense ? { metadata: dense(model) } : {}),
        dtype: storedDtype(model),
      },
      {
        overwrite: options.overwrite,
        signal,
        also: async (folder) => {
          await writeTokenizerConfig(folder, model);
          await rename(beside, join(folder, 'onnx'));
        },
      },
    );
    const sink = streamSink(stdout, signal);
    const files = reports.map((report) => ({
      ...report,
      files: report.files.map((file) => ({ path: join(output, 'onnx', basename(file.path)), bytes: file.bytes })),
    }));
    for (const line of options.json ? [JSON.stringify({ output, files })] : reportLines(files)) await sink.line(line);
  } catch (error) {
    throw toldOf(output, beside, error);
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}

async function writeFiles(
  model: SequenceToSequence,
  folder: string,
  { dtype: dtypes, target, opset, fullRange, quiet }: ExportCommandOptions,
  { signal, stderr }: Context,
): Promise<ExportedFile[]> {
  const { exportSequenceToSequence } = await import('@hashee/runtime-onnx/export');
  const progress = await createProgress(stderr, 'Writing', quiet);
  const reports: ExportedFile[] = [];
  try {
    for (const dtype of dtypes) {
      const { encoder, decoder } = await exportSequenceToSequence(model, folder, {
        ...{ dtype, target, opset, signal },
        reduceRange: !fullRange,
        onProgress: ({ done, total }) =>
          progress.update({ done, total, text: `${dtype}: ${bytes(done)} of ${bytes(total)}` }),
      });
      for (const part of [encoder, decoder]) reports.push({ ...part, dtype, target, opset });
    }
  } finally {
    progress.stop();
  }
  return reports;
}

function dense({ metadata }: SequenceToSequence): SequenceToSequence['metadata'] {
  return { ...metadata, method: { name: 'dense', parameters: {} }, quality: [], speed: [] };
}
