// From what was measured to results/long-sources.md.
import { median } from '../shared/median.mjs';
import { table } from '../shared/table.mjs';
import { INTRODUCTION, READING, TRIED } from './words.mjs';

/**
 * @typedef {import('./results.mjs').Speedup} Speedup
 * @typedef {import('./results.mjs').Row} Row
 * @typedef {import('./results.mjs').Case} Case
 * @typedef {import('./results.mjs').GenerationTimes} GenerationTimes
 * @typedef {import('./results.mjs').Generation} Generation
 * @typedef {import('./results.mjs').Profile} Profile
 * @typedef {import('./results.mjs').ProfiledCase} ProfiledCase
 * @typedef {import('./results.mjs').Results} Results
 */

/** The wall-clock speed-up that is wanted, as a share of the exit-layer speed-up. */
export const WANTED = 0.9;

/** A 95 % interval of a median needs so many, as `pairsForInterval` of @hashee/eval says, which isn't there before it is built. */
const PAIRS_FOR_INTERVAL = 6;

/** @param {Speedup} speedup */
function times({ median: middle, low, high, pairs }) {
  const shown = low !== undefined && high !== undefined && pairs >= PAIRS_FOR_INTERVAL;
  return `${middle.toFixed(2)}${shown ? ` (${low.toFixed(2)} to ${high.toFixed(2)})` : ''}`;
}

/** BART-base's: layers, and hidden size. */
const [L, H] = [6, 768];

/**
 * The counted speed-up where layer 1 looks up its queries, keys and values, 3H² of a token, in the dense encoder too.
 * @param {number} counted speed-up with layer 1 computed
 * @param {number} length
 */
export function withLookUps(counted, length) {
  const dense = L * (12 * H ** 2 + 2 * length * H);
  const saved = 3 * H ** 2;
  return (dense - saved) / (dense / counted - saved);
}

/** @param {Case} measured */
function caseRows({ threads, length, batchSize, dtype, rows }) {
  return rows.map((row) => {
    const { name, milliseconds, speedup, overPlain, layerSpeedup, countedSpeedup, attention } = row;
    const processor = (/** @type {Row} */ { cpuMilliseconds }) => cpuMilliseconds && Math.min(...cpuMilliseconds);
    const [own, dense] = [processor(row), processor(rows[0])];
    const exits = name !== 'dense' && name !== 'plain' && layerSpeedup !== undefined;
    return [
      `${dtype}, ${threads} ${threads === 1 ? 'thread' : 'threads'}, ${batchSize} × ${length}`,
      name,
      ((1000 * batchSize) / median(milliseconds)).toFixed(2),
      times(speedup),
      String(speedup.pairs),
      exits ? layerSpeedup.toFixed(2) : '',
      exits && countedSpeedup
        ? `${countedSpeedup.toFixed(2)}, ${(dtype === 'fp32' ? withLookUps(countedSpeedup, length) : countedSpeedup).toFixed(2)}`
        : '',
      exits ? `**${(speedup.median / layerSpeedup).toFixed(2)}**` : '',
      exits && threads === 1 && own && dense
        ? `${(dense / own).toFixed(2)}, ${(dense / own / layerSpeedup).toFixed(2)}`
        : '',
      exits && overPlain ? `${overPlain.median.toFixed(2)}, ${(overPlain.median / layerSpeedup).toFixed(2)}` : '',
      exits && attention ? attention : '',
    ];
  });
}

/** Whether each case reaches what was wanted, in one line each. @param {readonly Case[]} cases */
export function verdicts(cases) {
  return cases.flatMap(({ threads, length, batchSize, dtype, rows }) =>
    rows
      .filter(({ name }) => name !== 'dense' && name !== 'plain')
      .map(({ name, speedup, overPlain, layerSpeedup = Number.NaN }) => {
        const share = speedup.median / layerSpeedup;
        const plain = overPlain && overPlain.median / layerSpeedup;
        const said = (/** @type {number} */ value) => `${value.toFixed(3)}, ${value >= WANTED ? 'reached' : 'missed'}`;
        return `- ${name}, ${dtype}, ${threads} ${threads === 1 ? 'thread' : 'threads'}, ${batchSize} × ${length}: ${said(share)} over our dense encoder${plain ? `; ${said(plain)} over the plain one` : ''}`;
      }),
  );
}

/** How many cases reach it, over each of the dense encoders. @param {readonly Case[]} cases */
export function summary(cases) {
  const shares = (/** @type {(row: Row) => number | undefined} */ speedupOf) =>
    cases.flatMap(({ rows }) =>
      rows.flatMap((row) => {
        const speedup = row.name === 'dense' || row.name === 'plain' ? undefined : speedupOf(row);
        return speedup === undefined || row.layerSpeedup === undefined ? [] : [speedup / row.layerSpeedup];
      }),
    );
  const said = (/** @type {string} */ over, /** @type {number[]} */ values) =>
    values.length === 0
      ? []
      : [
          `Over ${over}: in ${values.filter((value) => value >= WANTED).length} of ${values.length} cases, shares from ${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}.`,
        ];
  return [
    ...said(
      'the plain encoder, which is what others run',
      shares(({ overPlain }) => overPlain?.median),
    ),
    ...said(
      'our own dense encoder, which is faster',
      shares(({ speedup }) => speedup.median),
    ),
  ];
}

/** @param {readonly Generation[]} generations */
function generationRows(generations) {
  return generations.map(({ threads, length, batchSize, numBeams, newTokens, exits, dense, withExits }) => {
    const share = (/** @type {GenerationTimes} */ { decoderMilliseconds, milliseconds }) =>
      `${((100 * decoderMilliseconds) / milliseconds).toFixed(0)} %`;
    return [
      `${threads} ${threads === 1 ? 'thread' : 'threads'}, ${batchSize} × ${length}, ${numBeams === 1 ? 'greedy' : `${numBeams} beams`}, ${newTokens} new tokens`,
      exits,
      (dense.milliseconds / 1000).toFixed(2),
      share(dense),
      (withExits.milliseconds / 1000).toFixed(2),
      share(withExits),
      (dense.encoderMilliseconds / withExits.encoderMilliseconds).toFixed(2),
      (dense.milliseconds / withExits.milliseconds).toFixed(2),
    ];
  });
}

/** @param {ProfiledCase} profiled */
function profileLines({ threads, length, batchSize, exits, dense, withExits }) {
  const names = [...new Set([...dense.operators, ...withExits.operators].map(({ operator }) => operator))];
  const of = (/** @type {Profile} */ { operators }, /** @type {string} */ name) =>
    operators.find(({ operator }) => operator === name) ?? { milliseconds: 0, calls: 0 };
  const total = (/** @type {Profile} */ { operators }) =>
    operators.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const cell = (/** @type {Profile} */ profile, /** @type {string} */ name) => {
    const { milliseconds, calls } = of(profile, name);
    return calls === 0 ? '-' : `${milliseconds.toFixed(0)} ms, ${((100 * milliseconds) / total(profile)).toFixed(1)} %`;
  };
  const shown = names
    .filter((name) => of(dense, name).milliseconds + of(withExits, name).milliseconds > 0.004 * total(dense))
    .sort((a, b) => of(withExits, b).milliseconds - of(withExits, a).milliseconds);
  return [
    `${threads} ${threads === 1 ? 'thread' : 'threads'}, ${batchSize} × ${length}, ${exits}: operators of one batch, in all ${total(dense).toFixed(0)} ms dense and ${total(withExits).toFixed(0)} ms with exits.`,
    '',
    ...table(
      ['operator', 'dense', 'with exits'],
      shown.map((name) => [name, cell(dense, name), cell(withExits, name)]),
    ),
    '',
  ];
}

/** The page. @param {Results} results */
export function markdown(results) {
  const { cases, generations, profiles, machine, runtime } = results;
  const dates = cases.map(({ date }) => date.slice(0, 10)).sort();
  return `${[
    '# Long sources: what exits gain beside what their layers promise',
    '',
    "Made by `npm run experiment:long-sources -- --parts encoder,generation,profile --exits '6 buckets,2x,3x' --plain 32768 --rounds 2`, which writes this page from",
    '`long-sources.json`; the parts were measured one by one, generations with six buckets alone.',
    '',
    ...(machine && runtime && dates.length > 0
      ? [
          `Measured until ${dates.at(-1)} on ${machine.processor}, ${machine.cores} cores, Node ${machine.node}; ${runtime.package} ${runtime.version}.`,
          '',
        ]
      : []),
    ...INTRODUCTION,
    '',
    `## Is ${WANTED} of the exit-layer speed-up reached?`,
    '',
    ...summary(cases),
    '',
    ...verdicts(cases),
    '',
    '## Encoding',
    '',
    ...table(
      [
        'case',
        'encoder',
        'sequences/s',
        'over dense',
        'pairs',
        'by exit layers',
        'counted, with look-ups',
        'share',
        'by processor time, share',
        'over plain, share',
        'attention',
      ],
      cases.flatMap(caseRows),
    ),
    '',
    ...READING,
    ...(generations.length > 0
      ? [
          '',
          '## The share of the decoder',
          '',
          ...table(
            ['case', 'exits', 'dense, s', 'of it decoder', 'with exits, s', 'of it decoder', 'encoder', 'in all'],
            generationRows(generations),
          ),
          '',
          'Whole generations, timed once each, graphs compiled before; the last two columns are speed-ups. The decoder does the same work with and without exits, so a difference of',
          'its times is the machine. Tokenizing and choosing of tokens are in the whole and in neither part.',
        ]
      : []),
    ...(profiles.length > 0 ? ['', '## Where the time goes', '', ...profiles.flatMap(profileLines)] : ['']),
    ...TRIED,
  ]
    .join('\n')
    .trimEnd()}\n`;
}
