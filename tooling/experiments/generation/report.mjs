// From the results of cells to results/generation.json and its page.
import { spread } from '@hashee/eval';
import { differenceInterval } from '@hashee/eval/report';
import { METHODS, TASKS } from './cells.mjs';

export const SCHEMA_VERSION = 1;
const ROUGE = /** @type {const} */ (['rouge1', 'rouge2', 'rougeL']);

/** @typedef {{ task: string, method: string, seed: number, rouge: Record<string, number>, texts: number, generatedTokens: number, countedSpeedup: number, likelihood: Record<string, number>, worthOfSource?: number, encoder: { macs: number, denseMacs: number, countedSpeedup: number, meanExitLayer: number }, decoder: { macs: number, denseMacs?: number, vocabularyMacs?: number }, cpuSeconds?: number, best: { epoch: number, of: number }, examples: { text: string, reference: string }[] }} CellResult */

/** @param {readonly number[]} values */
const average = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The mean of what is known. @param {readonly (number | undefined)[]} values */
function known(values) {
  const given = values.flatMap((value) => (value === undefined ? [] : [value]));
  return given.length === 0 ? undefined : average(given);
}

/** Numbers of each method over its seeds. @param {readonly CellResult[]} runs @param {string} task */
export function summarize(runs, task) {
  return Object.keys(METHODS).flatMap((method) => {
    const own = runs.filter((run) => run.task === task && run.method === method);
    if (own.length === 0) return [];
    const perText = (/** @type {(run: CellResult) => number} */ value) =>
      average(own.map((run) => value(run) / run.texts));
    return [
      {
        ...{ method, seeds: own.map(({ seed }) => seed) },
        rouge: Object.fromEntries(ROUGE.map((kind) => [kind, spread(own.map((run) => run.rouge[kind]))])),
        logLikelihood: spread(own.map((run) => run.likelihood['logLikelihood'])),
        worthOfSource: known(own.map((run) => run.worthOfSource)),
        encoderSpeedup: average(own.map((run) => run.encoder.countedSpeedup)),
        meanExitLayer: average(own.map((run) => run.encoder.meanExitLayer)),
        encoderMacs: perText((run) => run.encoder.macs),
        decoderMacs: perText((run) => run.decoder.macs),
        tokens: perText((run) => run.generatedTokens),
        cpuSeconds: known(own.map((run) => run.cpuSeconds)),
      },
    ];
  });
}

/** @param {ReturnType<typeof summarize>} summary */
export function reading(summary) {
  const dense = summary.find(({ method }) => method === 'dense');
  if (!dense) return 'There is no dense model to compare with yet.';
  return summary
    .filter(({ method }) => method !== 'dense')
    .map(({ method, seeds, rouge, encoderMacs, decoderMacs }) => {
      const gaps = ROUGE.map((kind) => rouge[kind].mean - dense.rouge[kind].mean);
      const verdict =
        seeds.length < 2 && dense.seeds.length < 2
          ? 'one seed says nothing about the spread'
          : range(differenceInterval(rouge['rougeL'], dense.rouge['rougeL']));
      const total = (dense.encoderMacs + dense.decoderMacs) / (encoderMacs + decoderMacs);
      return `- ${METHODS[method].title}: ${gaps.map(signed).join(' / ')} points of ROUGE-1/2/L to dense (ROUGE-L: ${verdict}); encoder ${(dense.encoderMacs / encoderMacs).toFixed(2)} times cheaper, encoder and decoder together ${total.toFixed(2)} times.`;
    })
    .join('\n');
}

/** What the seeds alone leave open. @param {{ low: number, high: number }} interval */
const range = ({ low, high }) =>
  `95 % from ${signed(low)} to ${signed(high)}, ${low > 0 ? 'above dense' : high < 0 ? 'below dense' : 'no clear difference'}`;

/** @param {number} value */
const signed = (value) => `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(2)}`;
/** @param {number} value */
const millions = (value) => (value / 1e6).toFixed(1);
/** @param {{ mean: number, standardDeviation: number, count: number }} value */
const shown = ({ mean, standardDeviation, count }) =>
  count > 1 ? `${mean.toFixed(2)} ± ${standardDeviation.toFixed(2)}` : mean.toFixed(2);

/**
 * @param {{ runs: readonly CellResult[], leads: Record<string, Record<string, number>>, missing: readonly string[], command: string, machine: string, versions: string, date: string }} results
 */
export function markdown({ runs, leads, missing, command, machine, versions, date }) {
  const tasks = /** @type {(keyof typeof TASKS)[]} */ (Object.keys(TASKS)).filter((task) =>
    runs.some((run) => run.task === task),
  );
  return [
    '# Generation: dense and HashEE encoder-decoders',
    '',
    `Made by \`${command}\`, which writes this page from \`generation.json\`.`,
    '',
    'The training sets are small (684 English articles, 1,500 Chinese abstracts), and so are the models: the numbers compare the methods',
    'with each other and with nothing else. So few summaries teach no random decoder to look at its source. Therefore all cells of a task, of every',
    'method and seed, start from one dense model that was taught to copy pieces of the training sources ("taught to copy only").',
    'ROUGE F1 times 100 on dev, mean and sample standard deviation over seeds, of greedy outputs (no 3-gram twice). A seed is the order of',
    'batches and dropout of the fine-tuning; what another base would change is not in the spread. The best epoch of each run by the likelihood of dev, so',
    'dev was seen. No test set was touched. "Of it by the source": how much less likely the labels are when every text gets the source of another',
    'one, so how much a model reads. Ranges are those of a Welch t-test over the seeds.',
    'Million multiply-accumulates for each dev text: encoder, and decoder with the keys and values of the source and the vocabulary.',
    '',
    ...tasks.flatMap((task) => section(task, runs, leads[task])),
    ...(missing.length > 0 ? [`Not run yet: ${missing.join(', ')}. The same command goes on with them.`, ''] : []),
    `Made until ${date} on ${machine}, ${versions}, one thread. Minutes are processor time of training and generation, of cells that weren't interrupted.`,
    '',
  ].join('\n');
}

/** @param {keyof typeof TASKS} task @param {readonly CellResult[]} runs @param {Record<string, number> | undefined} lead */
function section(task, runs, lead) {
  const { title, sourceTokens, targetTokens, epochs, batchSize, learningRate, encoder, decoder } = TASKS[task];
  const summary = summarize(runs, task);
  const sizes =
    encoder === 'pretrained'
      ? 'all-MiniLM-L6-v2 (6 layers, H = 384)'
      : `${encoder.layers} layers, H = ${encoder.hiddenSize}, random`;
  const first = runs.find((run) => run.task === task && run.examples.length > 0);
  return [
    `## ${title}`,
    '',
    '| method | seeds | ROUGE-1 | ROUGE-2 | ROUGE-L | ln p of a label | of it by the source | encoder MMACs (times less) | decoder MMACs | encoder share | tokens | minutes |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...summary.map(
      ({
        method,
        seeds,
        rouge,
        logLikelihood,
        worthOfSource,
        encoderMacs,
        encoderSpeedup,
        decoderMacs,
        tokens,
        cpuSeconds,
      }) =>
        `| ${METHODS[method].title} | ${seeds.length} | ${ROUGE.map((kind) => shown(rouge[kind])).join(' | ')} | ${shown(logLikelihood)} | ${worthOfSource?.toFixed(3) ?? ''} | ${millions(encoderMacs)} (${encoderSpeedup.toFixed(2)}) | ${millions(decoderMacs)} | ${((100 * encoderMacs) / (encoderMacs + decoderMacs)).toFixed(0)} % | ${tokens.toFixed(1)} | ${cpuSeconds === undefined ? '' : (cpuSeconds / 60).toFixed(1)} |`,
    ),
    ...(lead
      ? [
          `| first ${targetTokens} tokens of the source, for orientation |  | ${ROUGE.map((kind) => lead[kind].toFixed(2)).join(' | ')} |  |  |  |  |  |  |  |`,
        ]
      : []),
    '',
    reading(summary),
    '',
    `The base: ${baseText(TASKS[task])}.`,
    '',
    `Encoder: ${sizes}; decoder: ${decoder.layers} layers, ${decoder.from === 'encoder' ? 'self-attention and feed-forward from encoder layers, the rest random' : 'random'}. Sources cut to ${sourceTokens} tokens, outputs to ${targetTokens}; ${epochs} epochs, batches of ${batchSize}, learning rate ${learningRate}, label smoothing 0.1, AdamW, warm-up over a tenth, linear decay. Exit tables by frequency in the sources of train and dev, for the speed-up asked.`,
    '',
    ...(first
      ? [
          `An output of ${METHODS[first.method].title}, seed ${first.seed}: "${plain(first.examples[0].text)}" Its reference: "${plain(first.examples[0].reference)}"`,
          '',
        ]
      : []),
  ];
}

/** @param {import('./cells.mjs').TaskSettings} settings */
function baseText({ base: { start, updates, batchSize, learningRate, piece, copied } }) {
  const begins =
    start === 'aligned'
      ? "attention over the source begins with like states finding each other, and the decoder's positions are the encoder's one further on"
      : "the encoder's first layer begins with a head that looks at the token before, the decoder's attention over the source with finding what follows the token written last (an induction head)";
  return `${begins}; ${updates} updates with batches of ${batchSize} at a learning rate of ${learningRate}, each example ${piece.join(' to ')} tokens of a training source, of which ${copied.join(' to ')} are to be written, from the start or, as often, from elsewhere`;
}

/** @param {string} text */
const plain = (text) =>
  text
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_{}[\]<>|#]/g, '\\$&')
    .trim();
