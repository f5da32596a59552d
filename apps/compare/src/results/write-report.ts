import { join } from 'node:path';
import { writeWhole } from '@hashee/eval/files';
import { batchSizePlot, speedQualityPlot } from '@hashee/eval/plots';
import type { Comparison } from './cell-result.js';
import { markdownSummary } from './markdown.js';
import { RESULT_FILES } from './result-files.js';
import { summarize } from './summarize.js';
import type { Summary, SummaryTask } from './summary.js';

/** Lines that a plot can hold. */
const MOST_CURVES = 20;

/** Writes the Markdown page and the plots of a results folder. @returns their paths. @throws HasheeError `IO` */
export async function writeReportFiles(folder: string, comparison: Comparison): Promise<string[]> {
  const summary = summarize(comparison);
  const plots: string[] = [];
  for (const task of summary.tasks)
    for (const [name, svg] of await plotsOf(task, summary)) {
      const path = join(folder, RESULT_FILES.plots, name);
      await writeWhole(path, svg);
      plots.push(path);
    }
  const path = join(folder, RESULT_FILES.report);
  const shown = plots.map((plot) => `![${plotTitle(plot)}](${RESULT_FILES.plots}/${plot.split(/[\\/]/).at(-1)})`);
  await writeWhole(path, `${markdownSummary(summary)}\n${shown.join('\n')}\n`);
  return [path, ...plots];
}

function plotTitle(path: string): string {
  return path.split(/[\\/]/).at(-1)!.replace('.svg', '').replaceAll('.', ', ');
}

async function plotsOf(task: SummaryTask, { methods, targets }: Summary): Promise<[name: string, svg: string][]> {
  const titleOf = (name: string): string => methods.find((method) => method.name === name)?.title ?? name;
  const series = task.curves
    .slice(0, MOST_CURVES)
    .map(({ method, points }) => ({ name: titleOf(method), points: points.filter(({ front }) => front) }));
  const plots: [string, string][] = [
    [
      `${task.name}.curve.svg`,
      await speedQualityPlot(series, {
        title: task.title,
        width: 640,
        height: 420,
        yTitle: `score (${task.metrics.join(', ')})`,
      }),
    ],
  ];
  for (const target of targets) {
    const clocks = task.clocks.filter((clock) => clock.target === target);
    if (clocks.length === 0) continue;
    const lines = clocks.map(({ method, counted, points }) => ({
      name: titleOf(method),
      counted,
      points: points.map(({ batchSize, speedup: { median, low, high } }) => ({
        batchSize,
        speedup: median,
        low,
        high,
      })),
    }));
    plots.push([
      `${task.name}.clock-${target}x.svg`,
      await batchSizePlot(lines, { title: `${task.title}, settings for ${target}x`, width: 640, height: 420 }),
    ]);
  }
  return plots;
}
