// From the numbers of cells to the results file and its page.
import { METHODS } from './cells.mjs';

export const SCHEMA_VERSION = 1;

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Sample standard deviation; undefined for a single value. */
function deviation(values) {
  if (values.length < 2) return undefined;
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

/**
 * @param {{ method: string, seed: number, accuracy: number, meanExitLayer: number, speedup: number }[]} runs
 */
export function summarize(runs) {
  return Object.keys(METHODS)
    .map((method) => ({ method, runs: runs.filter((run) => run.method === method) }))
    .filter(({ runs: own }) => own.length > 0)
    .map(({ method, runs: own }) => ({
      method,
      seeds: own.map(({ seed }) => seed),
      accuracy: { mean: mean(own.map((run) => run.accuracy)), deviation: deviation(own.map((run) => run.accuracy)) },
      meanExitLayer: mean(own.map((run) => run.meanExitLayer)),
      countedSpeedup: mean(own.map((run) => run.speedup)),
    }));
}

const percent = (value) => (100 * value).toFixed(2);

/** @param {ReturnType<typeof resultsFile>} results */
export function markdown(results) {
  const { recipe, adapt, summary, runs, command } = results;
  const dense = summary.find(({ method }) => method === 'dense');
  const row = ({ method, seeds, accuracy, meanExitLayer, countedSpeedup }) => {
    const behind = dense && method !== 'dense' ? percent(accuracy.mean - dense.accuracy.mean) : '';
    const spread = accuracy.deviation === undefined ? '' : ` ± ${percent(accuracy.deviation)}`;
    return `| ${METHODS[method].title} | ${seeds.length} | ${percent(accuracy.mean)}${spread} | ${behind} | ${meanExitLayer.toFixed(2)} | ${countedSpeedup.toFixed(2)} |`;
  };
  return `# First light: dense and HashEE on SST-2

Made by \`${command}\`, which writes this page from \`first-light.json\`.

Accuracy on dev in per cent, mean and sample standard deviation over seeds; best epoch of each run chosen on that same dev set.
The test set was not touched. "counted speed-up" is multiply-accumulates of the dense model over those executed.

| method | seeds | dev accuracy | to dense | mean exit layer | counted speed-up |
| --- | --- | --- | --- | --- | --- |
${summary.map(row).join('\n')}

Recipe of every fine-tuning: ${Object.entries(recipe)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')}, AdamW, linear
warm-up over a tenth of the updates, then linear decay. Encoder: all-MiniLM-L6-v2 (6 layers, H = 384), 6 buckets, frequency
counted on the texts of train and dev, as the authors do.

- *labels only*: as the paper trains it, from the pretrained encoder.
- *taught by dense*: half of the loss is distillation (temperature 2) from the dense model of the same seed.
- *adapted encoder*: before fine-tuning, \`hashee adapt\` teaches the pretrained encoder to say with exits what it says
  without, on sentences without labels (SST-2 train and sentences of IMDb train; ${Object.entries(adapt)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')}).

| run | dev accuracy | best update |
| --- | --- | --- |
${runs.map((run) => `| ${METHODS[run.method].title}, seed ${run.seed} | ${percent(run.accuracy)} | ${run.bestUpdate} |`).join('\n')}
`;
}

/** The results file's content. */
export function resultsFile({ command, recipe, adapt, machine, runs }) {
  return {
    schemaVersion: SCHEMA_VERSION,
    experiment: 'first-light',
    command,
    recipe,
    adapt,
    machine,
    summary: summarize(runs),
    runs,
  };
}
