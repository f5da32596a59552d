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
 * @param {{ method: string, seed: number, accuracy: number, meanExitLayer: number, speedup: number, seconds?: number }[]} runs
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
      ...(own.every(({ seconds }) => seconds !== undefined)
        ? { seconds: mean(own.map(({ seconds }) => seconds)) }
        : {}),
    }));
}

/** Points of accuracy that a method may lose to dense: the aim of the first release. */
const AIM = 1.5;

/** What the numbers say, in words. @param {ReturnType<typeof summarize>} summary */
export function reading(summary) {
  const dense = summary.find(({ method }) => method === 'dense');
  if (!dense) return 'There is no dense model to compare with yet.';
  const methods = summary.filter(({ method }) => method !== 'dense');
  const sentences = methods.map(({ method, seeds, accuracy, countedSpeedup }) => {
    const points = 100 * (dense.accuracy.mean - accuracy.mean);
    const verdict = points <= AIM ? `within the ${AIM} points aimed at` : `further than the ${AIM} points aimed at`;
    const distance =
      points < 0 ? `${(-points).toFixed(2)} points above dense` : `${points.toFixed(2)} points below dense, ${verdict}`;
    const shared = seeds.filter((seed) => dense.seeds.includes(seed)).length;
    const caution =
      shared === seeds.length && seeds.length === dense.seeds.length ? '' : ' (not of the same seeds yet)';
    return `${METHODS[method].title}: ${distance}${caution}, with ${(countedSpeedup / dense.countedSpeedup).toFixed(2)} times less counted work.`;
  });
  return sentences.map((sentence) => `- ${sentence}`).join('\n');
}

const percent = (value) => (100 * value).toFixed(2);

/** @param {ReturnType<typeof resultsFile>} results */
export function markdown(results) {
  const { recipe, adapt, summary, runs, command, machine, date, versions, limit, tried } = results;
  const dense = summary.find(({ method }) => method === 'dense');
  const row = ({ method, seeds, accuracy, meanExitLayer, countedSpeedup, seconds }) => {
    const behind = dense && method !== 'dense' ? percent(accuracy.mean - dense.accuracy.mean) : '';
    const spread = accuracy.deviation === undefined ? '' : ` ± ${percent(accuracy.deviation)}`;
    return `| ${METHODS[method].title} | ${seeds.length} | ${percent(accuracy.mean)}${spread} | ${behind} | ${meanExitLayer.toFixed(2)} | ${countedSpeedup.toFixed(2)} | ${seconds === undefined ? '' : (seconds / 60).toFixed(1)} |`;
  };
  return `# First light: dense and HashEE on SST-2

Made by \`${command}\`, which writes this page from \`first-light.json\`.

Accuracy on dev in per cent, mean and sample standard deviation over seeds; best epoch of each run chosen on that same dev set.
The test set was not touched. "counted speed-up" is multiply-accumulates of a dense model that computes its last layer in full
over those executed; ours computes there only what the head reads.

${limit === undefined ? '' : `**A trial on the first ${limit} training sentences only: the numbers mean nothing.**\n\n`}| method | seeds | dev accuracy | to dense | mean exit layer | counted speed-up | training minutes |
| --- | --- | --- | --- | --- | --- | --- |
${summary.map(row).join('\n')}

${reading(summary)}

Measured ${date ? `until ${date.slice(0, 10)} ` : ''}on ${machine.processor}, ${machine.cores} cores, Node ${machine.node}${versions ? `, onnxruntime-node ${versions['onnxruntime-node']}` : ''}; the minutes
hold whatever else the machine did.

Recipe of every fine-tuning: ${Object.entries(recipe)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')}, AdamW, linear
warm-up over a tenth of the updates, then linear decay. Encoder: all-MiniLM-L6-v2 (6 layers, H = 384), 6 buckets, frequency
counted on the texts of train and dev, as the authors do.

- *labels only*: as the paper trains it, from the pretrained encoder. More seeds of the same recipe, trained on another machine, are in
  [second-runtime](second-runtime.md#a-full-fine-tuning); a number with its spread is quoted from there.
- *taught by dense*: half of the loss is distillation (temperature 2) from the dense model of the same seed.
- *adapted encoder*: before fine-tuning, \`hashee adapt\` teaches the pretrained encoder to say with exits what it says
  without, on sentences without labels (SST-2 train and sentences of IMDb train; ${Object.entries(adapt)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')}).

- *dense model moved to exits*: the same \`hashee adapt\`, but from the fine-tuned dense model of seed 1 and on all of those
  sentences once: the first token's last state with exits learns what the dense model's is without. All seeds of HashEE start from
  the one encoder that comes of it.

Why labels alone don't do: every second word type of the training text leaves after layer 1 to 3, and the most frequent sixth, which
makes up most of the running text and holds most words of praise and blame, after layer 1. The encoder was pretrained without exits,
so its upper layers have never read such early states, and 8,538 sentences are few to learn it from. The authors start from a
backbone that was pretrained with exits (ElasticBERT), which was not to be had here. What the dense model knows passes over when it
is asked about many sentences of the kind, which need no labels.

| run | dev accuracy | best update | after each epoch |
| --- | --- | --- | --- |
${runs.map(runRow).join('\n')}
${tried.length === 0 ? '' : triedSection(tried)}`;
}

function runRow({ method, seed, accuracy, bestUpdate, history = [] }) {
  const epochs = history.map(({ metrics }) => percent(metrics.accuracy)).join(', ');
  return `| ${METHODS[method].title}, seed ${seed} | ${percent(accuracy)} | ${bestUpdate} | ${epochs} |`;
}

/** Other settings that were tried, each a results file of this experiment by itself. */
function triedSection(tried) {
  const rows = tried.flatMap(({ recipe, summary }) =>
    summary.map(({ method, seeds, accuracy, countedSpeedup }) => {
      const settings = Object.entries(recipe).map(([name, value]) => `${name} ${value}`);
      return `| ${METHODS[method].title} | ${settings.join(', ')} | ${seeds.join(', ')} | ${percent(accuracy.mean)} | ${countedSpeedup.toFixed(2)} |`;
    }),
  );
  return `
## Also tried

| method | settings | seeds | dev accuracy | counted speed-up |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
}

/**
 * The results file's content.
 * @param {{ command: string, date: string, recipe: object, adapt: object, machine: object, versions: object, limit?: number, runs: object[], tried: object[] }} parts
 */
export function resultsFile({ command, date, recipe, adapt, machine, versions, limit, runs, tried }) {
  return {
    schemaVersion: SCHEMA_VERSION,
    experiment: 'first-light',
    command,
    date,
    recipe,
    adapt,
    ...(limit === undefined ? {} : { limit }),
    machine,
    versions,
    summary: summarize(runs),
    runs,
    tried,
  };
}

/** What is kept of a results file of other settings. */
export function triedFrom({ experiment, recipe, adapt, date, summary, limit }) {
  if (experiment !== 'first-light' || !Array.isArray(summary))
    throw new TypeError('not a results file of this experiment');
  if (limit !== undefined) throw new TypeError('a trial on a part of the data says nothing about settings');
  return { recipe, adapt, date, summary };
}
