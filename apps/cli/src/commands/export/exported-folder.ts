import { basename, join } from 'node:path';
import type { SavedDtype } from '@hashee/checkpoint';
import { HasheeError, systemError } from '@hashee/core';
import type { ExportDtype, ExportTarget, WrittenFile } from '@hashee/runtime-onnx/export';
import { bytes } from '@hashee/terminal';
import { columns } from '../../terminal/table.js';

/** One exported model. */
export interface ExportedFile {
  /** The model, and its weights where they have a file of their own. */
  readonly files: readonly WrittenFile[];
  readonly dtype: ExportDtype;
  readonly target: ExportTarget;
  readonly opset: number;
}

interface FromFolder {
  readonly huggingFaceConfig: Readonly<Record<string, unknown>>;
}

/** transformers.js loads weights of their own file where config.json tells it so. */
export function configFor(
  { huggingFaceConfig }: FromFolder,
  reports: readonly Pick<ExportedFile, 'files'>[],
): Record<string, unknown> {
  const { 'transformers.js_config': known, ...config } = huggingFaceConfig;
  const outside = reports.filter(({ files }) => files.length > 1).map(({ files }) => [basename(files[0].path), 1]);
  if (outside.length === 0) return { ...huggingFaceConfig };
  const settings = typeof known === 'object' && known !== null ? known : {};
  return {
    ...config,
    'transformers.js_config': { ...settings, use_external_data_format: Object.fromEntries(outside) },
  };
}

/** The type that the weights have where they come from. */
export function storedDtype({
  huggingFaceConfig: { quantization_config: quantization, dtype },
}: FromFolder): SavedDtype {
  if ((quantization as { format?: unknown } | undefined)?.format === 'hashee-int8-rows') return 'q8';
  return dtype === 'float16' ? 'fp16' : 'fp32';
}

/** What was written, and what was measured, for people. */
export function reportLines(reports: readonly ExportedFile[], measured?: readonly string[][] | undefined): string[] {
  const rows = reports.flatMap(({ files, dtype, target, opset }) =>
    files.map((file, index) => [
      file.path,
      bytes(file.bytes),
      ...(index === 0 ? [dtype, `opset ${opset}${target === 'standard' ? '' : `, ${target}`}`] : ['', 'its weights']),
    ]),
  );
  return [...columns(rows), ...(measured ? ['', ...columns(measured)] : [])];
}

/** A failure to write a file, told of the one that was to be and not of the one beside it. */
export function toldOf(output: string, beside: string, error: unknown): unknown {
  const path = HasheeError.isInstance(error, 'IO') ? error.fields['path'] : undefined;
  if (typeof path !== 'string' || !path.startsWith(beside)) return error;
  return systemError((error as Error).cause, 'write', join(output, 'onnx', path.slice(beside.length)));
}
