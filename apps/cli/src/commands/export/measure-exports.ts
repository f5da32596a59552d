import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { HasheeMetadata, Measurement, Model } from '@hashee/checkpoint';
import type { Encoder, HeadConfig } from '@hashee/core';
import { describeMachine, encodeDataset, evaluate, type MetricName, measureThroughput } from '@hashee/eval';
import type { ExportReport } from '@hashee/runtime-onnx/export';
import { createProgress, rate } from '@hashee/terminal';
import type { Context } from '../../context.js';
import { loadSplit, splitFile } from '../../data/load-split.js';
import { resolveReading } from '../../data/read-options.js';
import type { ExportCommandOptions } from './export.js';

/** What was found out about exported files. */
export interface ExportMeasurements {
  readonly quality: NonNullable<HasheeMetadata['quality']>;
  readonly speed: NonNullable<HasheeMetadata['speed']>;
  /** For people. */
  readonly rows: readonly string[][];
}

interface Settings extends ExportCommandOptions {
  readonly head: HeadConfig;
  /** Folder for files that are needed for the comparison alone. */
  readonly beside: string;
}

const ROUNDS = 3;

/**
 * Judges and times exported files, each against the same weights without exits in the same dtype.
 * @returns undefined where no data is named
 */
export async function measureExports(
  reports: readonly ExportReport[],
  model: Model,
  settings: Settings,
  context: Context,
): Promise<ExportMeasurements | undefined> {
  const { head, beside, batchSize, quiet, measure, task, dense } = settings;
  if (measure === undefined && task === undefined) return undefined;
  const { signal, stderr } = context;
  const { exportOnnx, openExport } = await import('@hashee/runtime-onnx/export');
  const reading = await resolveReading(settings, { kind: head.task, labels: head.labels });
  const dataset = await loadSplit(await splitFile('dev', measure, settings, context), reading, context);
  const encoded = await encodeDataset(dataset, model.tokenizer, { maxLength: model.config.maxLength, signal });
  const names = reading.task?.metrics as readonly MetricName[] | undefined;
  const progress = await createProgress(stderr, 'Measuring', quiet);
  const denseFolder = join(beside, '.dense');
  const quality: Measurement[] = [];
  const speed: Measurement[] = [];
  const rows: string[][] = [['', 'exits', 'dense']];
  const where = task === undefined ? {} : { dataset: task, split: 'dev' };
  try {
    for (const report of reports) {
      const { dtype, target, opset } = report;
      const options = { dtype, target, opset, reduceRange: !settings.fullRange, signal };
      const encoders: Encoder[] = [];
      try {
        encoders.push(await openExport(report, model, { threads: 1, ...(dense ? { exitTable: null } : {}) }));
        if (model.exitTable && !dense) {
          const compared = await exportOnnx(model, join(denseFolder, `${dtype}.onnx`), { ...options, exitTable: null });
          encoders.push(await openExport(compared, model, { exitTable: null, threads: 1 }));
        }
        const judged = [];
        for (const encoder of encoders)
          judged.push(
            await evaluate(encoder, encoded, {
              ...{ batchSize, metrics: names, signal },
              onProgress: ({ done, total }) => progress.update({ done, total, text: `quality of ${dtype}` }),
            }),
          );
        const { variants } = await measureThroughput(
          encoders.map((encoder, index) => ({ name: ['exits', 'dense'][index], model: encoder })),
          encoded.sequences,
          {
            ...{ batchSize, rounds: ROUNDS, signal },
            onRun: ({ done, total }) => progress.update({ done, total, text: `speed of ${dtype}` }),
          },
        );
        const file = report.files[0].path.slice(beside.length + 1);
        const conditions = { file: `onnx/${file}`, dtype, target, opset };
        for (const [name, value] of Object.entries(judged[0].metrics)) {
          const compared = judged[1]?.metrics[name];
          quality.push({ name, value: rounded(value), ...withDense(compared), ...where, conditions });
          rows.push([`${dtype} ${name}`, value.toFixed(4), compared?.toFixed(4) ?? '']);
        }
        const [ours, compared] = variants.map((variant) => variant.sequencesPerSecond);
        const { load: _load, ...machine } = describeMachine();
        speed.push({
          ...{ name: 'sequences/s', value: rounded(ours), ...withDense(compared), ...where },
          conditions: { ...conditions, batchSize, threads: 1, order: 'sorted by length', machine },
        });
        rows.push([`${dtype} sequences/s`, rate(ours), compared === undefined ? '' : rate(compared)]);
      } finally {
        for (const encoder of encoders) await encoder.dispose();
      }
    }
  } finally {
    progress.stop();
    await rm(denseFolder, { recursive: true, force: true });
  }
  return { quality, speed, rows };
}

function withDense(value: number | undefined): { dense?: number } {
  return value === undefined ? {} : { dense: rounded(value) };
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
