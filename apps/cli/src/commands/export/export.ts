import { basename, join } from 'node:path';
import { assertCopyable, isSequenceToSequence, type Model, saveModel } from '@hashee/checkpoint';
import { HasheeError } from '@hashee/core';
import type { ExportDtype, ExportReport, ExportTarget } from '@hashee/runtime-onnx/export';
import type { Context } from '../../context.js';
import type { DataOptions } from '../../data/data-options.js';
import { loadAnyModelFor, type ModelOptions } from '../../model/load-model.js';
import { exportEncoderDecoder } from './export-encoder-decoder.js';
import { configFor, storedDtype } from './exported-folder.js';
import { type ExportMeasurements, measureExports } from './measure-exports.js';
import { denseMetadata, writeExport } from './write-export.js';

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
  const found = await loadAnyModelFor(options, context);
  await assertCopyable(found.directory);
  if (isSequenceToSequence(found)) return exportEncoderDecoder(found, options, context);
  const head = found.heads.find(({ name }) => name === 'main');
  if (!head)
    throw new HasheeError(
      'NOT_FOUND',
      `The model has no head "main". Its heads: ${found.heads.map(({ name }) => name).join(', ') || 'none; fine-tune it first'}.`,
      { fields: { head: 'main' } },
    );
  const model: Model = options.dense ? withoutTable(found) : found;
  const { target, opset, fullRange } = options;
  const { exportOnnx } = await import('@hashee/runtime-onnx/export');
  await writeExport<ExportReport>(
    basename(model.directory),
    {
      write: async (dtype, folder, settings) => [
        await exportOnnx(model, join(folder, FILES[dtype]), {
          ...{ dtype, target, opset, reduceRange: !fullRange, ...settings },
        }),
      ],
      measure: (reports, beside) => measureExports(reports, found, { ...options, head, beside }, context),
      save: (output, { reports, measured }, saving) =>
        saveModel(
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
          saving,
        ),
    },
    options,
    context,
  );
}

function withoutTable({ exitTable: _left, ...model }: Model): Model {
  return model;
}

function metadataWith(
  { metadata }: Model,
  measured: ExportMeasurements | undefined,
  { dense }: ExportCommandOptions,
): Model['metadata'] {
  const kept = dense ? denseMetadata(metadata) : { ...metadata };
  if (!measured) return kept;
  return {
    ...kept,
    quality: [...(kept.quality ?? []), ...measured.quality],
    speed: [...(kept.speed ?? []), ...measured.speed],
  };
}
