import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { HasheeMetadata, SaveModelOptions } from '@hashee/checkpoint';
import type { ExportDtype, ExportProgress } from '@hashee/runtime-onnx/export';
import { bytes, createProgress } from '@hashee/terminal';
import type { Context } from '../../context.js';
import { streamSink } from '../../io/line-sink.js';
import { assertOutputFolder } from '../../io/output-folder.js';
import type { ExportCommandOptions } from './export.js';
import { type ExportedFile, reportLines, toldOf } from './exported-folder.js';
import type { ExportMeasurements } from './measure-exports.js';

/** What kinds of models do differently. */
export interface ExportSteps<Report extends ExportedFile> {
  /** Writes the files of one dtype to a folder that is there. */
  write(
    dtype: ExportDtype,
    folder: string,
    settings: { readonly signal: AbortSignal; readonly onProgress: (event: ExportProgress) => void },
  ): Promise<readonly Report[]>;
  measure?(reports: readonly Report[], folder: string): Promise<ExportMeasurements | undefined>;
  /** Saves the model that belongs to the files. */
  save(
    output: string,
    outcome: { readonly reports: readonly Report[]; readonly measured: ExportMeasurements | undefined },
    options: SaveModelOptions & { readonly also: (folder: string) => Promise<void> },
  ): Promise<void>;
}

/**
 * Writes ONNX files beside the output folder, saves the model with them in it, and says what was written. The folder appears whole or not
 * at all.
 * @param name of the model's folder, for that of the output
 */
export async function writeExport<Report extends ExportedFile>(
  name: string,
  steps: ExportSteps<Report>,
  options: ExportCommandOptions,
  context: Context,
): Promise<void> {
  const { signal, stdout } = context;
  const output = resolve(options.output ?? `${name}-onnx`);
  await assertOutputFolder(output, options.overwrite ?? false);
  const beside = join(dirname(output), `.${basename(output)}.${randomBytes(6).toString('hex')}.onnx`);
  try {
    await mkdir(beside);
    const reports = await writeFiles(steps, beside, options, context);
    const measured = await steps.measure?.(reports, beside);
    await steps.save(
      output,
      { reports, measured },
      { overwrite: options.overwrite, signal, also: (folder) => rename(beside, join(folder, 'onnx')) },
    );
    const sink = streamSink(stdout, signal);
    const files = reports.map((report) => ({
      ...report,
      files: report.files.map((file) => ({ path: join(output, 'onnx', basename(file.path)), bytes: file.bytes })),
    }));
    const lines = options.json ? [JSON.stringify({ output, files, measured })] : reportLines(files, measured?.rows);
    for (const line of lines) await sink.line(line);
  } catch (error) {
    throw toldOf(output, beside, error);
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}

/** One bar for all files, in which each dtype has the same part. */
async function writeFiles<Report extends ExportedFile>(
  steps: ExportSteps<Report>,
  folder: string,
  { dtype: dtypes, quiet }: ExportCommandOptions,
  { signal, stderr }: Context,
): Promise<Report[]> {
  const progress = await createProgress(stderr, 'Writing', quiet);
  const reports: Report[] = [];
  try {
    for (const [index, dtype] of dtypes.entries()) {
      const onProgress = ({ done, total }: ExportProgress): void =>
        progress.update({
          done: Math.round(PART * (index + done / total)),
          total: PART * dtypes.length,
          text: `${dtype}: ${bytes(done)} of ${bytes(total)}`,
        });
      reports.push(...(await steps.write(dtype, folder, { signal, onProgress })));
    }
  } finally {
    progress.stop();
  }
  return reports;
}

/** Steps of the bar for a dtype. */
const PART = 100;

/** What a model without its exits says of itself. */
export function denseMetadata(metadata: HasheeMetadata | undefined): HasheeMetadata {
  return { ...metadata, method: { name: 'dense', parameters: {} }, quality: [], speed: [] };
}
