import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { isSequenceToSequence, type Model, saveModel } from '@hashee/checkpoint';
import { HasheeError } from '@hashee/core';
import type { ExportDtype, ExportReport, ExportTarget } from '@hashee/runtime-onnx/export';
import type { Context } from '../../context.js';
import type { DataOptions } from '../../data/data-options.js';
import { streamSink } from '../../io/line-sink.js';
import { assertOutputFolder } from '../../io/output-folder.js';
import { loadAnyModelFor, type ModelOptions } from '../../model/load-model.js';
import { bytes } from '../../terminal/format.js';
import { createProgress } from '../../terminal/progress.js';
import { exportEncoderDecoder } from './export-encoder-decoder.js';
import { configFor, reportLines, storedDtype, toldOf } from './exported-folder.js';
import { type ExportMeasurements, measureExports } from './measure-exports.js';

export interface ExportCommandOptions extends ModelOptions, DataOptions {
  readonly output?: string | undefined;
  readonly overwrite?: true | undefined;
  readonly dtype: readonly ExportDtype[];
  readonly target: ExportTarget;
  readonly opset: number;
  readonly dense?: true | undefined;
  readonly fullRange?: true | undefined;
  readonly measure?: string | undefined;
  readonly batchSize: number;
  readonly json?: true | undefined;
}

/** File names that transformers.js looks for. */
const FILES: Readonly<Record<ExportDtype, string>> = { fp32: 'model.onnx', q8: 'model_quantized.onnx' };

export async function exportModel(options: ExportCommandOptions, context: Context): Promise<void> {
  const { signal, stdout } = context;
  const found = await loadAnyModelFor(options, context);
  if (isSequenceToSequence(found)) return exportEncoderDecoder(found, options, context);
  const head = found.heads.find(({ name }) => name === 'main');
  if (!head)
    throw new HasheeError(
      'NOT_FOUND',
      `The model has no head "main". Its heads: ${found.heads.map(({ name }) => name).join(', ') || 'none; fine-tune it first'}.`,
      { fields: { head: 'main' } },
    );
  const model: Model = options.dense ? withoutTable(found) : found;
  const output = resolve(options.output ?? `${basename(model.directory)}-onnx`);
  await assertOutputFolder(output, options.overwrite ?? false);
  const beside = join(dirname(output), `.${basename(output)}.${randomBytes(6).toString('hex')}.onnx`);
  try {
    await mkdir(beside);
    const reports = await writeFiles(model, beside, options, context);
    const measured = await measureExports(reports, found, { ...options, head, beside }, context);
    await saveModel(
      output,
      {
        base: { ...model, huggingFaceConfig: configFor(model, reports) },
        config: model.config,
        heads: model.heads,
        weights: model.weights,
        exitTable: model.exitTable,
        metadata: metadataWith(model, measured, options),
        dtype: storedDtype(model),
      },
      { overwrite: options.overwrite, signal, also: (folder) => rename(beside, join(folder, 'onnx')) },
    );
    const sink = streamSink(stdout, signal);
    const files = reports.map((report) => ({
      ...report,
      files: report.files.map((file) => ({ path: join(output, 'onnx', basename(file.path)), bytes: file.bytes })),
    }));
    for (const line of options.json
      ? [JSON.stringify({ output, files, measured })]
      : reportLines(files, measured?.rows))
      await sink.line(line);
  } catch (error) {
    throw toldOf(output, beside, error);
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}

async function writeFiles(
  model: Model,
  folder: string,
  { dtype: dtypes, target, opset, fullRange, quiet }: ExportCommandOptions,
  { signal, stderr }: Context,
): Promise<ExportReport[]> {
  const { exportOnnx } = await import('@hashee/runtime-onnx/export');
  const progress = await createProgress(stderr, 'Writing', quiet);
  const reports: ExportReport[] = [];
  try {
    for (const dtype of dtypes)
      reports.push(
        await exportOnnx(model, join(folder, FILES[dtype]), {
          ...{ dtype, target, opset, signal },
          reduceRange: !fullRange,
          onProgress: ({ done, total }) =>
            progress.update({ done, total, text: `${FILES[dtype]} ${bytes(done)} of ${bytes(total)}` }),
        }),
      );
  } finally {
    progress.stop();
  }
  return reports;
}

function withoutTable({ exitTable: _left, ...model }: Model): Model {
  return model;
}

function metadataWith(
  { metadata }: Model,
  measured: ExportMeasurements | undefined,
  { dense }: ExportCommandOptions,
): Model['metadata'] {
  const kept = dense
    ? { ...metadata, method: { name: 'dense', parameters: {} }, quality: [], speed: [] }
    : { ...metadata };
  if (!measured) return kept;
  return {
    ...kept,
    quality: [...(kept.quality ?? []), ...measured.quality],
    speed: [...(kept.speed ?? []), ...measured.speed],
  };
}
