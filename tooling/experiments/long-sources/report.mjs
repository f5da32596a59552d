// From what was measured to results/long-sources.md.

export const SCHEMA_VERSION = 1;

/** The wall-clock speed-up that is wanted, as a share of the exit-layer speed-up. */
export const WANTED = 0.9;

/**
 * @typedef {{ median: number, low: number, high: number, pairs: number }} Speedup
 *
 * @typedef {object} Row
 * @property {string} name `dense`, `plain`, or the exits
 * @property {number[]} milliseconds of each round
 * @property {number[]} [cpuMilliseconds] the same by processor time of all threads
 * @property {Speedup} speedup over dense
 * @property {Speedup} [overPlain]
 * @property {number} [layerSpeedup] L over the mean exit layer
 * @property {number} [countedSpeedup] by multiply-accumulates, layer 1 as if it were computed
 * @property {string} [attention] of each layer, by its first letter
 *
 * @typedef {object} Case
 * @property {number} threads
 * @property {number} length
 * @property {number} batchSize
 * @property {string} dtype
 * @property {number} rounds
 * @property {number} load
 * @property {string} date
 * @property {Row[]} rows
 *
 * @typedef {object} GenerationTimes
 * @property {number} milliseconds
 * @property {number} encoderMilliseconds
 * @property {number} decoderMilliseconds
 *
 * @typedef {object} Generation
 * @property {number} threads
 * @property {number} length
 * @property {number} batchSize
 * @property {number} numBeams
 * @property {number} newTokens
 * @property {string} exits
 * @property {GenerationTimes} dense
 * @property {GenerationTimes} withExits
 *
 * @typedef {{ milliseconds: number, operators: { operator: string, milliseconds: number, calls: number }[] }} Profile
 *
 * @typedef {object} ProfiledCase
 * @property {number} threads
 * @property {number} length
 * @property {number} batchSize
 * @property {string} exits
 * @property {Profile} dense
 * @property {Profile} withExits
 *
 * @typedef {object} Results
 * @property {number} schemaVersion
 * @property {{ processor: string, cores: number, node: string }} [machine]
 * @property {{ package: string, version: string }} [runtime]
 * @property {Case[]} cases
 * @property {Generation[]} generations
 * @property {ProfiledCase[]} profiles
 */

/**
 * The results with an entry that replaces the one of the same keys.
 * @param {Results} results
 * @param {'cases' | 'generations' | 'profiles'} list
 * @param {string[]} keys
 * @param {Record<string, unknown>} entry
 */
export function put(results, list, keys, entry) {
  const entries = /** @type {Record<string, unknown>[]} */ (/** @type {unknown} */ (results[list]));
  const others = entries.filter((each) => keys.some((key) => each[key] !== entry[key]));
  const order = (/** @type {Record<string, unknown>} */ a, /** @type {Record<string, unknown>} */ b) =>
    keys.map((key) => (typeof a[key] === 'number' ? Number(a[key]) - Number(b[key]) : 0)).find((sign) => sign !== 0) ??
    0;
  return { ...results, [list]: [...others, entry].sort(order) };
}

/** @param {readonly number[]} values */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** @param {readonly string[]} head @param {readonly string[][]} rows */
function table(head, rows) {
  const line = (/** @type {readonly string[]} */ cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}

/** @param {Speedup} speedup */
function times({ median: middle, low, high, pairs }) {
  return pairs > 1 ? `${middle.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})` : middle.toFixed(2);
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
    'Made by `npm run experiment:long-sources`, which writes this page from `long-sources.json`.',
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

const INTRODUCTION = [
  "The encoder of BART-base's shape (6 layers, hidden size 768, 12 heads) with random weights, on articles of cnndm cut at so many tokens: the",
  'WordPiece tokenizer of all-MiniLM-L6-v2, its ids taken as they are. The frequency hash is made from the training articles: six buckets, or for',
  'twice and three times the speed by exit layers. "Dense" is our own encoder without exits, "plain" the same weights as others export them, run by ONNX',
  'Runtime itself. All states are read, as a decoder does.',
];

const READING = [
  'Share: the speed-up over dense by wall clock, divided by L over the mean exit layer. Counted: by multiply-accumulates, frozen tokens included; then the same',
  'where layer 1 looks its projections up, dense too. Attention of layers 1 to 6: p, keys and values of all tokens are projected; a, the matrices are folded into the queries. Where runs of a batch differ it is that of',
  'most queries. In brackets 95 % intervals over pairs of rounds. By processor time: the fastest rounds, which other processes disturb least.',
  '',
  'Rounds are few and the host is shared. Five cases were measured a second time because other processes disturbed the first, and the second is shown: with six buckets on 1',
  'thread the share was 0.80 at 8 × 512, 0.76 at 32 × 512 and 0.94 at 8 × 1024 then, on 2 threads 0.36 at 8 × 1024 and 0.68 at 32 × 1024. Shown although disturbed: 2x on 1 thread,',
  '8 × 1024, whose wall clock is well above its processor time; 8 × 512 on 2 threads, whose two rounds give 1.85 and 3.59; and 32 × 1024 on 1 thread, where the same batch with exits',
  'took a sixth less processor time on two threads.',
];

const TRIED = [
  '## Why it is what it is',
  '',
  'A frozen token still costs its key and value in every later layer, 2H² of the 12H² + 2nH multiply-accumulates of an active one, or, where the matrices are folded',
  'into the queries, 2nHA for each query. The cheaper way is chosen for each layer and run; below it there is no exact way that we know. With six buckets and 512 tokens',
  'layer 1, which all tokens run, is half of what is left, keys and values of layer 2 a tenth, folded attention a fifth. The count is therefore below the exit layers by more than the',
  'tenth that is allowed, and wall clock can make up for a part only: layer 1 looks its projections up (dense too), and Softmax, GELU and LayerNormalization',
  'fall with the active tokens. Fewer exits, or shorter texts, are nearer to their exit layers: beside other work on the machine, by processor time,',
  'the share with six buckets was 0.97 to 1.03 at 64 tokens, 1.01 at 128 and 0.93 to 0.96 at 256.',
  '',
  '## What was tried',
  '',
  'Eight sources of 512 tokens, six buckets, one thread, unless said; once each.',
  '',
  ...table(
    ['design', 'result'],
    [
      [
        'attention over one sequence after the other, nothing padded or masked (before: groups padded to their most queries)',
        'share 0.84 instead of 0.78, by processor time; dense takes 8 % less, exits 15 % less. Kept',
      ],
      [
        'runs of 1,024, 2,048, 4,096 and 8,192 tokens, those with like work together',
        'dense 3.8, 4.1, 4.4 and 4.3 s, exits 1.04, 1.07, 1.09 and 1.15 s: large products lose the caches. 2,048 kept, for both',
      ],
      [
        'the operator MultiHeadAttention, which holds a tile of the scores',
        '38 instead of 41 ms for 1,024 queries and keys, 11.0 instead of 11.5 for 512: kept where all tokens are queries. 1.84 instead of 1.66 ms for 80 queries over 512 keys: not there',
      ],
      [
        'folded attention priced at 0.9, 1.1, 1.25 and 1.6 times its multiply-accumulates',
        'within 4 % at 512 and 1,024 tokens; 1.25 stays',
      ],
      ['finite states checked by one sum', 'not measured alone. Kept'],
    ],
  ),
  '',
  'Not tried: keys and values of all later layers in one product when a token freezes. It has as many multiply-accumulates, the products run at the rate of the large ones already,',
  'and what is folded into the queries now would be projected.',
];
