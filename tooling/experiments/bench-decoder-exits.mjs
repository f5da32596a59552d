// Times decoder steps with and without exits of the decoder's tokens, in turns, on random weights. --help shows the options.
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { newSequenceToSequence } from '@hashee/checkpoint';
import { collate, defineEncoderConfig, Random } from '@hashee/core';
import { onnx } from '@hashee/runtime-onnx';

const HELP = `Usage: node tooling/experiments/bench-decoder-exits.mjs [options]

On a built workspace. Greedy steps of a batch through a decoder of random weights; the tokens are drawn, so that the exits are those asked.

  --hidden <n>     H (default: 768, BART-base)
  --layers <n>     of the decoder (default: 6)
  --vocabulary <n> V (default: 50265)
  --batch <n>      hypotheses (default: 8)
  --source <n>     tokens of each source (default: 256)
  --steps <n>      tokens generated in a round (default: 24)
  --rounds <n>     (default: 5)
  --threads <n>    (default: 1)
  --output <file>  keeps the numbers as JSON
`;
const { values: given } = parseArgs({
  options: {
    hidden: { type: 'string', default: '768' },
    layers: { type: 'string', default: '6' },
    vocabulary: { type: 'string', default: '50265' },
    batch: { type: 'string', default: '8' },
    source: { type: 'string', default: '256' },
    steps: { type: 'string', default: '24' },
    rounds: { type: 'string', default: '5' },
    threads: { type: 'string', default: '1' },
    output: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (given.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
const [H, layers, V, B, S, steps, rounds, threads] = [
  ...[given.hidden, given.layers, given.vocabulary, given.batch],
  ...[given.source, given.steps, given.rounds, given.threads],
].map(Number);
if (![H, layers, V, B, S, steps, rounds, threads].every((value) => Number.isSafeInteger(value) && value > 0)) {
  process.stderr.write(`All numbers are whole ones from 1.\n\n${HELP}`);
  process.exit(2);
}

const sizes = { vocabSize: V, hiddenSize: H, layers: 1, headCount: H / 64, maxLength: Math.max(S, steps) + 1 };
const model = await newSequenceToSequence({
  ...{ encoder: { config: defineEncoderConfig(sizes) }, decoder: { layers } },
  ...{ decoderStartTokenId: 2, endTokenIds: [2], padTokenId: 1 },
});
/** Every exit layer is as frequent as the others, which halves the work of a deep decoder. */
const exitLayer = Uint8Array.from({ length: V }, (_, id) => 1 + (id % layers));
const decoderExitTable = { layers, exitLayer, hash: { name: 'custom', parameters: {} } };
const backend = onnx({ threads });
const variants = [
  { name: 'dense', model: await backend.loadSequenceToSequence?.(model) },
  { name: 'exits', model: await backend.loadSequenceToSequence?.(model, { decoderExitTable }) },
];
const random = new Random(1);
const ids = (/** @type {number} */ length) => Int32Array.from({ length }, () => 3 + random.below(V - 3));
const sources = collate(Array.from({ length: B }, () => ({ inputIds: ids(S) })));
const tokens = Array.from({ length: steps }, () => ids(B));

/** @type {Record<string, { milliseconds: number[], macs: number, withoutVocabulary: number }>} */
const results = {};
for (let round = -1; round < rounds; round++)
  for (const { name, model: loaded } of round % 2 === 0 ? variants : variants.toReversed()) {
    if (!loaded) throw new TypeError('The runtime has no encoder-decoders.');
    const decoding = await loaded.begin(sources);
    const before = decoding.account().decoder;
    for (const row of tokens) await decoding.append(row);
    const { milliseconds, macs, vocabularyMacs } = decoding.account().decoder;
    decoding.dispose();
    const perToken = (/** @type {number} */ value) => value / (B * steps);
    results[name] ??= { milliseconds: [], macs: 0, withoutVocabulary: 0 };
    results[name].macs = perToken(macs - before.macs);
    results[name].withoutVocabulary = perToken(macs - before.macs - vocabularyMacs);
    // The first round compiles.
    if (round >= 0) results[name].milliseconds.push(perToken(milliseconds - before.milliseconds));
  }
for (const { model: loaded } of variants) await loaded?.dispose();

const median = (/** @type {number[]} */ values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const { dense, exits } = results;
const summary = {
  settings: { H, layers, V, batch: B, source: S, steps, rounds, threads },
  machine: `${cpus()[0].model}, ${cpus().length} cores, Node ${process.version}`,
  denseMilliseconds: median(dense.milliseconds),
  exitsMilliseconds: median(exits.milliseconds),
  speedup: median(dense.milliseconds) / median(exits.milliseconds),
  countedSpeedup: dense.macs / exits.macs,
  countedSpeedupWithoutVocabulary: dense.withoutVocabulary / exits.withoutVocabulary,
  vocabularyShare: 1 - exits.withoutVocabulary / exits.macs,
  results,
};
if (given.output) writeFileSync(given.output, `${JSON.stringify(summary, null, 2)}\n`);
process.stdout.write(
  `H ${H}, ${layers} layers, V ${V}, batch ${B}, ${S} source tokens, ${threads} thread: ${summary.denseMilliseconds.toFixed(2)} ms a token dense, ${summary.exitsMilliseconds.toFixed(2)} with exits, ${summary.speedup.toFixed(2)} times; counted ${summary.countedSpeedup.toFixed(2)} times (${summary.countedSpeedupWithoutVocabulary.toFixed(2)} without the vocabulary, which is ${(100 * summary.vocabularyShare).toFixed(0)} % of the work with exits)\n`,
);
