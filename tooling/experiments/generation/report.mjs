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
        decoderSpeedup: average(own.map(({ decoder }) => (decoder.denseMacs ?? decoder.macs) / decoder.macs)),
        tokens: perText((run) => run.generatedTokens),
        cpuSeconds: known(own.map((run) => run.cpuSeconds)),
        bestEpochs: own.map((run) => run.best.epoch),
      },
    ];
  });
}

/** @param {ReturnType<typeof summarize>} summary */
export function reading(summary) {
  const dense = summary.find(({ method }) => method === 'dense');
  if (!dense) return 'There is no dense model to compare with yet.';
  return summary
    .filter(({ method }) => method !== 'dense' && !METHODS[method].once)
    .map(({ method, seeds, rouge, encoderMacs, decoderMacs }) => {
      const gaps = ROUGE.map((kind) => rouge[kind].mean - dense.rouge[kind].mean);
      const verdict =
        Math.min(seeds.length, dense.seeds.length) < 2
          ? 'one seed says nothing about the spread'
          : range(differenceInterval(rouge['rougeL'], dense.rouge['rougeL']));
      const total = (dense.encoderMacs + dense.decoderMacs) / (encoderMacs + decoderMacs);
      return `- ${METHODS[method].title}: ${gaps.map(signed).join(' / ')} points of ROUGE-1/2/L to dense (ROUGE-L: ${verdict}); encoder ${(dense.encoderMacs / encoderMacs).toFixed(2)} times cheaper, encoder and decoder together ${total.toFixed(2)} times.`;
    })
    .join('\n');
}

/** Whether exits of the decoder's tokens pay, beside the same encoder without them. @param {ReturnType<typeof summarize>} summary */
export function decoderReading(summary) {
  const [without, exits] = ['hashee-3x', 'hashee-3x-decoder'].map((name) =>
    summary.find(({ method }) => method === name),
  );
  if (!without || !exits) return [];
  const [ofWithout, ofExits] = [without.rouge['rougeL'], exits.rouge['rougeL']];
  const verdict =
    Math.min(ofWithout.count, ofExits.count) < 2
      ? ''
      : ` (95 % from ${bounds(differenceInterval(ofExits, ofWithout))})`;
  return [
    `- Exits of the decoder's tokens, beside the same encoder without them: ${signed(ofExits.mean - ofWithout.mean)} points of ROUGE-L${verdict}; ${exits.decoderSpeedup.toFixed(2)} times less decoder work for the same tokens.`,
  ];
}

/** @param {{ low: number, high: number }} interval */
const bounds = ({ low, high }) => `${signed(low)} to ${signed(high)}`;

/** What the seeds alone leave open. @param {{ low: number, high: number }} interval */
const range = (interval) =>
  `95 % from ${bounds(interval)}, ${interval.low > 0 ? 'above dense' : interval.high < 0 ? 'below dense' : 'no clear difference'}`;

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
    'with each other and with nothing else. So few summaries teach no random decoder to look at its source ("not taught to copy"), and one whose',
    'cross-attention begins aligned, as that of new decoders in `hashee train`, to look a little ("aligned, not taught to copy"). Therefore',
    'all other cells of a task start from one dense model that was taught to copy spans of the training sources ("only taught to copy").',
    'ROUGE F1 times 100 on dev, mean and sample standard deviation over seeds, of greedy outputs (no 3-gram twice). A seed is the order of',
    'batches and dropout of the fine-tuning; what another base would change is not in the spread. Ranges are those of a Welch t-test over the seeds.',
    'The best epoch of each run by the likelihood of dev, so dev was seen. No test set was touched. "Of it by the source": how much less',
    'likely the labels are when every text gets the source of another one, so how much a model reads.',
    '',
    'What is in favour of whom: the base was taught dense, so models with exits have to get used to them in the same updates in which the dense',
    'ones only learn to summarise ("only taught to copy, encoder 3x" is the base with exits and no such updates). On the other hand what was built',
    'into the base of CSL looks back in layer 1, which every token runs, and the aligned attention of the other finds like words',
    'and places, which frozen states still show.',
    '',
    'Million multiply-accumulates for each dev text: encoder, and decoder with the keys and values of the source and the vocabulary.',
    '',
    ...tasks.flatMap((task) => section(task, runs, leads[task])),
    ...(missing.length > 0 ? [`Not run yet: ${missing.join(', ')}. The same command goes on with them.`, ''] : []),
    `Made until ${date} on ${machine}, ${versions}, one thread. Minutes are processor time of fine-tuning and generation, without the base's training, of cells that weren't interrupted.`,
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
  const written = ['dense', 'hashee-3x'].flatMap(
    (method) => runs.find((run) => run.task === task && run.method === method) ?? [],
  );
  return [
    `## ${title}`,
    '',
    '| method | seeds | ROUGE-1 | ROUGE-2 | ROUGE-L | ln p of a label | of it by the source | encoder MMACs (times less) | decoder MMACs | encoder share | tokens | best epoch | minutes |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
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
        bestEpochs,
      }) =>
        `| ${METHODS[method].title} | ${seeds.length} | ${ROUGE.map((kind) => shown(rouge[kind])).join(' | ')} | ${shown(logLikelihood)} | ${worthOfSource?.toFixed(3) ?? ''} | ${millions(encoderMacs)} (${encoderSpeedup.toFixed(2)}) | ${millions(decoderMacs)} | ${((100 * encoderMacs) / (encoderMacs + decoderMacs)).toFixed(0)} % | ${tokens.toFixed(1)} | ${bestEpochs.join(', ')} | ${cpuSeconds === undefined ? '' : (cpuSeconds / 60).toFixed(1)} |`,
    ),
    ...(lead
      ? [
          `| first ${targetTokens} tokens of the source, for orientation |  | ${ROUGE.map((kind) => lead[kind].toFixed(2)).join(' | ')} |  |  |  |  |  |  |  |  |`,
        ]
      : []),
    '',
    reading(summary),
    ...decoderReading(summary),
    '',
    `The base: ${baseText(TASKS[task])}.`,
    '',
    `Encoder: ${sizes}; decoder: ${decoder.layers} layers, ${decoder.from === 'encoder' ? 'self-attention and feed-forward from encoder layers, the rest random' : 'random'}, but for what the base begins with. Sources cut to ${sourceTokens} tokens, outputs to ${targetTokens}; ${epochs} epochs, batches of ${batchSize}, learning rate ${learningRate}, label smoothing 0.1, AdamW, warm-up over a tenth, linear decay. Exit tables by frequency in the sources of train and dev, for the speed-up asked.`,
    '',
    ...written.flatMap(({ method, seed, examples: [example] }) =>
      example ? [`${METHODS[method].title}, seed ${seed}, wrote: "${plain(example.text)}"`, ''] : [],
    ),
    ...(written[0]?.examples[0] ? [`The reference: "${plain(written[0].examples[0].reference)}"`, ''] : []),
  ];
}

/** @param {import('./cells.mjs').TaskSettings} settings */
function baseText({ base: { start, updates, batchSize, learningRate, shown, copied } }) {
  const begins =
    start === 'aligned'
      ? "its attention over the source begins aligned: like states find each other, and the decoder's positions are the encoder's one further on"
      : "it begins with positions as sines and cosines, a head of the encoder's first layer that looks at the token before, and a decoder whose attention over the source finds what follows the token written last (an induction head)";
  return `${begins}. Then ${updates} updates, batches of ${batchSize}, learning rate ${learningRate}: of spans of ${shown.join(' to ')} tokens of the training sources ${copied.join(' to ')} tokens are copied, a little more often from the start than from elsewhere`;
}

/** @param {string} text */
const plain = (text) =>
  text
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_{}[\]<>|#]/g, '\\$&')
    .trim();
